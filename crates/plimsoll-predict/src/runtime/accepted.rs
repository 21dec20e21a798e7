//! The builds of ONNX Runtime that are loaded without being named.
//!
//! Each is the one member `onnxruntime/capi/libonnxruntime.*` of the wheel for its platform,
//! the same for every version of Python. To add a version: `pip download --no-deps
//! --only-binary=:all: --python-version 3.12 --platform PLATFORM onnxruntime==VERSION`, then
//! `unzip -p WHEEL 'onnxruntime/capi/libonnxruntime.*' | sha256sum`.

use std::env::consts::{ARCH, OS};

/// The version that is fetched.
pub const PINNED: &str = "1.31.1";

/// A build of ONNX Runtime whose bytes are known.
#[derive(Debug, PartialEq, Eq)]
pub struct Build {
    /// Its version.
    pub version: &'static str,
    /// The operating system, as Rust names it.
    pub os: &'static str,
    /// The processor, as Rust names it.
    pub arch: &'static str,
    /// The platform that the wheel is for, as pip names it.
    pub platform: &'static str,
    /// The library's file name.
    pub file: &'static str,
    /// The SHA-256 of the library, 64 digits.
    pub sha256: &'static str,
}

/// Every accepted build, the newest version first.
pub const ACCEPTED: [Build; 6] = [
    Build {
        version: "1.31.1",
        os: "linux",
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        file: "libonnxruntime.so.1.31.1",
        sha256: "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
    },
    Build {
        version: "1.31.1",
        os: "linux",
        arch: "aarch64",
        platform: "manylinux_2_28_aarch64",
        file: "libonnxruntime.so.1.31.1",
        sha256: "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467",
    },
    Build {
        version: "1.31.1",
        os: "macos",
        arch: "aarch64",
        platform: "macosx_14_0_arm64",
        file: "libonnxruntime.1.31.1.dylib",
        sha256: "f8b06155feece624e55e49124340eea279da812529ae6fbc46a9f2be9c9cad2e",
    },
    Build {
        version: "1.22.0",
        os: "linux",
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        file: "libonnxruntime.so.1.22.0",
        sha256: "7520bc1b4f649ee8fa956442a66ded303e8fd3b465b0159b7e893bdc87df4e38",
    },
    Build {
        version: "1.22.0",
        os: "linux",
        arch: "aarch64",
        platform: "manylinux_2_28_aarch64",
        file: "libonnxruntime.so.1.22.0",
        sha256: "50a440a8a15515eef4f48ae6471c361032cc162769045ebf662099396642259c",
    },
    Build {
        version: "1.22.0",
        os: "macos",
        arch: "aarch64",
        platform: "macosx_13_0_universal2",
        file: "libonnxruntime.1.22.0.dylib",
        sha256: "48baaf6c8ef38f6e582736ede27b563dee3b729af9ad497ebd47afd1ff940460",
    },
];

/// Returns the builds for this machine, the newest first.
pub fn for_this_machine() -> impl Iterator<Item = &'static Build> {
    ACCEPTED.iter().filter(|build| build.os == OS && build.arch == ARCH)
}

/// Returns the build for this machine that is fetched, if there is one.
pub fn pinned() -> Option<&'static Build> {
    for_this_machine().find(|build| build.version == PINNED)
}

/// Returns the versions that are accepted, as people read them.
pub(super) fn versions() -> String {
    let versions: Vec<&str> = for_this_machine().map(|build| build.version).collect();
    if versions.is_empty() {
        format!("none for {OS} on {ARCH}, unless it is named")
    } else {
        versions.join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_build_is_told_apart() {
        let digests: BTreeSet<_> = ACCEPTED.iter().map(|build| build.sha256).collect();
        assert_eq!(digests.len(), ACCEPTED.len());
        for build in &ACCEPTED {
            let digest: plimsoll_core::Digest = format!("sha256:{}", build.sha256).parse().unwrap();
            assert_eq!(digest.hex(), build.sha256);
            assert!(build.file.contains(build.version), "{build:?}");
        }
    }

    #[test]
    fn the_platforms_that_are_served_have_the_pinned_version() {
        for (os, arch) in [("linux", "x86_64"), ("linux", "aarch64"), ("macos", "aarch64")] {
            let found = ACCEPTED.iter().find(|build| (build.os, build.arch) == (os, arch));
            assert_eq!(found.map(|build| build.version), Some(PINNED));
        }
    }
}
