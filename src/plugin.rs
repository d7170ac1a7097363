//! A code generator for sqlc: sqlc reads the configuration and the SQL, and asks for the Rust.
//!
//! This is the protocol of sqlc's process plugins: a request on standard input, the generated files on standard output,
//! in protobuf or JSON. sqlc's request says less than Postgres does, so what is generated this way is less precise; see
//! [`analysis`] for the rules. The rest of the way is that of `rowsmith generate`.

mod analysis;
mod base64;
mod request;
mod wire;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::emit;
use crate::error::{Error, Result};
use crate::rust;
use request::Request;

/// How requests and responses are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Protobuf,
    Json,
}

/// The answer to a request.
pub(crate) struct Response {
    /// What sqlc reads.
    pub(crate) bytes: Vec<u8>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Answers a request of sqlc.
pub(crate) fn respond(bytes: &[u8]) -> Result<Response> {
    // No message of sqlc begins so in protobuf.
    let format = if bytes.first() == Some(&b'{') {
        Format::Json
    } else {
        Format::Protobuf
    };
    let request = read(bytes, format).ok_or_else(|| {
        Error::new("standard input is not a request of sqlc")
            .with_help("sqlc runs this command for a plugin with `process: {cmd: rowsmith}`; run `rowsmith generate` yourself")
    })?;
    let (analysis, mut diagnostics) = analysis::analysis(&request);
    let options = config::plugin_options(&request.options())?;
    let (package, warnings) = rust::lower(&analysis, &[], &options);
    let files = package.and_then(|package| emit::render(&package).map_err(|bug| vec![*bug]));
    match files {
        Ok(files)
            if diagnostics
                .iter()
                .all(|d| d.severity() == Severity::Warning) =>
        {
            diagnostics.extend(warnings);
            Ok(Response {
                bytes: write(files, format),
                warnings: diagnostics,
            })
        }
        Ok(_) => Err(diagnostics.into()),
        Err(found) => {
            diagnostics.extend(found);
            Err(diagnostics.into())
        }
    }
}

fn read(bytes: &[u8], format: Format) -> Option<Request> {
    let request = match format {
        Format::Json => serde_json::from_slice(bytes).ok()?,
        Format::Protobuf => serde_json::from_value(wire::read(bytes, &request::REQUEST)?).ok()?,
    };
    Some(request)
}

fn write(files: BTreeMap<String, String>, format: Format) -> Vec<u8> {
    match format {
        Format::Json => {
            let files = files.into_iter().map(|(name, contents)| {
                json!({ "name": name, "contents": base64::encode(contents.as_bytes()) })
            });
            json!({ "files": files.collect::<Vec<Value>>() })
                .to_string()
                .into_bytes()
        }
        Format::Protobuf => {
            let files = files.iter().map(|(name, contents)| {
                let fields = [(1, name.as_bytes()), (2, contents.as_bytes())];
                fields
                    .map(|(number, value)| wire::field(number, value))
                    .concat()
            });
            files.flat_map(|file| wire::field(1, &file)).collect()
        }
    }
}
