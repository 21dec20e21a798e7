use proptest::prelude::*;

use super::*;
use crate::inventory::{Inventory, Kind};

fn read<E>(read: impl FnOnce(&mut Gathering<'_>) -> Result<(), E>) -> Result<Inventory, E> {
    let mut gathering = Gathering::new("a.yml");
    read(&mut gathering)?;
    Ok(gathering.finish(Kind::CondaEnvironment).unwrap())
}

#[test]
fn reads_explicit_lists() {
    let text = "# platform: linux-64
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/_libgcc_mutex-0.1-conda_forge.tar.bz2#d7c8
https://conda.anaconda.org/conda-forge/linux-64/python-dateutil-2.9.0-pyhd8ed1ab_0.conda
https://example.org/odd.conda
";
    insta::assert_snapshot!(read(|it| read_explicit(text, it)).unwrap().shown(), @r"
    Conda _libgcc_mutex 0.1 (a.yml:3)
    Conda python-dateutil 2.9.0 (a.yml:4)
    not audited: https://example.org/odd.conda: its address does not end in `NAME-VERSION-BUILD` (a.yml:5)
    ");
    let exported = "# $ conda create --name <env> --file <this file>\nbzip2=1.0.8=h5eee18b_6\nflask=2.0.2=pypi_0\n";
    insta::assert_snapshot!(read(|it| read_explicit(exported, it)).unwrap().shown(), @r"
    PyPI flask 2.0.2 (a.yml:3)
    Conda bzip2 1.0.8 (a.yml:2)
    ");
    insta::assert_snapshot!(read(|it| read_explicit("numpy>=1", it)).unwrap_err(), @"line 1: `numpy>=1` is no address and no `name=version=build`");
}

#[test]
fn reads_environment_files() {
    let text = "name: demo
channels: [conda-forge]
dependencies:
- python=3.11
- numpy=1.26.4=py311_0
- conda-forge::pandas==2.2.0
- scipy 1.11.4
- scikit-learn>=1.3
- pytorch[version='2.1',build=cuda*]
- pip
- '=odd'
- pip:
  - requests==2.31.0
  - -r requirements.txt
";
    let mut include = |path: &str| Ok(format!("# {path}\nflask==2.0.2").into_bytes());
    let inventory = read(|it| read_environment_file(text, "env/a.yml", &mut include, it));
    insta::assert_snapshot!(inventory.unwrap().shown(), @r"
    PyPI flask 2.0.2 (env/requirements.txt:2)
    PyPI requests 2.31.0 (a.yml:13)
    Conda numpy 1.26.4 (a.yml:5)
    Conda pandas 2.2.0 (a.yml:6)
    Conda pip ? (a.yml:10)
    Conda python ? (a.yml:4)
    Conda pytorch ? (a.yml:9)
    Conda scikit-learn ? (a.yml:8)
    Conda scipy 1.11.4 (a.yml:7)
    not audited: =odd: it is no match specification of conda (a.yml:11)
    not audited: pip: no version is given (a.yml:10)
    not audited: python: no exact version is given (`=3.11`; expected `=VERSION=BUILD` or `==VERSION`) (a.yml:4)
    not audited: pytorch: no exact version is given (`[version='2.1',build=cuda*]`; expected `=VERSION=BUILD` or `==VERSION`) (a.yml:9)
    not audited: scikit-learn: no exact version is given (`>=1.3`; expected `=VERSION=BUILD` or `==VERSION`) (a.yml:8)
    ");
}

#[test]
fn reads_conda_locks() {
    let text = "version: 1
metadata: {}
package:
- name: numpy
  version: 1.26.4
  manager: conda
  platform: linux-64
- name: numpy
  version: 1.26.4
  manager: conda
  platform: osx-64
- name: requests
  version: 2.31.0
  manager: pip
  url: https://files.pythonhosted.org/packages/requests-2.31.0-py3-none-any.whl
- name: mine
  version: '1.10'
  manager: pip
  url: https://example.org/mine.whl
";
    insta::assert_snapshot!(read(|it| read_conda_lock(text, it)).unwrap().shown(), @r"
    PyPI mine 1.10 (a.yml:16)
    PyPI requests 2.31.0 (a.yml:12)
    Conda numpy 1.26.4 (a.yml:4)
    not audited: mine 1.10: it comes from https://example.org/mine.whl, not from the registry that advisories speak of (a.yml:16)
    ");
    insta::assert_snapshot!(read(|it| read_conda_lock("version: 2", it)).unwrap_err(), @"version 2 of conda-lock.yml is not known (known: 1); write it in one of those, or use a newer Plimsoll");
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "([\\PC]|[-#=\n :\\[\\]])*") {
        _ = parse_spec(&text);
        _ = read(|it| read_explicit(&text, it));
    }
}
