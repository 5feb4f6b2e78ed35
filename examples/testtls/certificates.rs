//! Certificates to be tested with: good ones, and one for each fault.

use crate::options::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use std::fs;
use std::path::Path;

/// Writes `NAME.pem` and `NAME.key` for each of them.
pub(crate) fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let ca = authority(folder, "ca")?;
    let foreign = authority(folder, "foreign-ca")?;
    let localhost = || CertificateParams::new(["localhost".to_owned()]);
    issue(folder, "localhost", localhost()?, &ca)?;
    issue(
        folder,
        "client",
        CertificateParams::new(["client.example".to_owned()])?,
        &ca,
    )?;
    issue(folder, "foreign", localhost()?, &foreign)?;
    let other = CertificateParams::new(["other.example".to_owned()])?;
    issue(folder, "wrong-host", other, &ca)?;
    let mut params = localhost()?;
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    issue(folder, "expired", params, &ca)?;
    let mut params = localhost()?;
    params.not_before = date_time_ymd(2901, 1, 1);
    params.not_after = date_time_ymd(2902, 1, 1);
    issue(folder, "early", params, &ca)?;
    let key = KeyPair::generate()?;
    let own = localhost()?.self_signed(&key)?;
    write(folder, "self-signed", &own.pem(), &key)
}

fn authority(folder: &Path, name: &str) -> Result<Issuer<'static, KeyPair>> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    write(folder, name, &params.self_signed(&key)?.pem(), &key)?;
    Ok(Issuer::new(params, key))
}

fn issue(
    folder: &Path,
    name: &str,
    params: CertificateParams,
    issuer: &Issuer<'static, KeyPair>,
) -> Result<()> {
    let key = KeyPair::generate()?;
    write(folder, name, &params.signed_by(&key, issuer)?.pem(), &key)
}

fn write(folder: &Path, name: &str, pem: &str, key: &KeyPair) -> Result<()> {
    fs::write(folder.join(name).with_extension("pem"), pem)?;
    fs::write(folder.join(name).with_extension("key"), key.serialize_pem())?;
    Ok(())
}
