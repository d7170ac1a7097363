//! Whether a server is who it should be: what each `sslmode` demands of its certificate.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::{Mode, Wish};
use crate::error::{Error, Result};

/// What makes connections as it is wished.
pub(super) fn client(wish: &Wish) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    // As in libpq: certificates that are named are looked at, although `require` does not ask for it.
    let mode = match (wish.mode, &wish.root_cert) {
        (Mode::Require, Some(_)) => Mode::VerifyCa,
        (mode, _) => mode,
    };
    let chain = match mode {
        Mode::VerifyCa | Mode::VerifyFull => {
            Some(Chain::new(wish.root_cert.as_deref(), &provider)?)
        }
        _ => None,
    };
    let verifier = Verifier {
        provider: Arc::clone(&provider),
        chain,
        checks_name: mode == Mode::VerifyFull,
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new("TLS cannot be used").with_source(error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let (Some(cert), Some(key)) = (&wish.cert, &wish.key) else {
        return Ok(builder.with_no_client_auth());
    };
    let certificates = certificates("sslcert", cert)?;
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| unreadable("sslkey", key, &error.to_string()))?;
    builder
        .with_client_auth_cert(certificates, key)
        .map_err(|error| {
            Error::new("the client certificate and its key cannot be used").with_source(error)
        })
}

/// Those who may vouch for a server.
struct Chain {
    verifier: Arc<WebPkiServerVerifier>,
    /// What is trusted by itself, as a server's own certificate may be.
    trusted: Vec<CertificateDer<'static>>,
}

impl Chain {
    fn new(file: Option<&str>, provider: &Arc<CryptoProvider>) -> Result<Self> {
        let trusted = match file {
            Some(file) if file != "system" => certificates("sslrootcert", file)?,
            _ => rustls_native_certs::load_native_certs().certs,
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted.iter().cloned());
        let roots =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let verifier = roots.build().map_err(|error| {
            Error::new("there are no certificates to verify the server with")
                .with_source(error)
                .with_help("name the file of the authority's certificate: `sslrootcert=FILE`")
        })?;
        Ok(Self { verifier, trusted })
    }
}

fn certificates(option: &str, file: &str) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| unreadable(option, file, &error.to_string()))?;
    if found.is_empty() {
        return Err(unreadable(
            option,
            file,
            "it holds no certificate in PEM form",
        ));
    }
    Ok(found)
}

fn unreadable(option: &str, file: &str, why: &str) -> Error {
    Error::new(format!(
        "cannot read the `{option}` of the server URI: `{file}`"
    ))
    .with_source(why.to_owned())
}

/// Decides as the `sslmode` says.
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// Nobody has to vouch where there is none.
    chain: Option<Chain>,
    checks_name: bool,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        if chain.trusted.iter().any(|trusted| trusted == end_entity) {
            // It is the very certificate that was named, so nobody has to vouch for it.
            if self.checks_name {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        let verified = chain.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // The name is looked at last, when all else is right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
