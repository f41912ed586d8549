//! Varnish, with the configuration that the repository has for it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Environment, Running};

/// Where the configuration is.
fn configuration() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/edge")
}

/// Starts Varnish on `port` in front of a server, with its files and its log in `folder`.
pub(crate) fn start(
    environment: &Environment,
    port: u16,
    server_port: u16,
    folder: &Path,
) -> Running {
    let own = folder.join("edge");
    fs::create_dir_all(&own).expect("a folder for Varnish");
    let example = fs::read_to_string(configuration().join("backend.vcl")).expect("backend.vcl");
    let backend = example.replace("\"3000\"", &format!("\"{server_port}\""));
    fs::write(own.join("backend.vcl"), backend).expect("a configuration for Varnish");
    let arguments = [
        // As whoever runs the test: another user could not enter its folder.
        "-jnone".to_owned(),
        "-F".to_owned(),
        format!("-n{}", own.join("run").display()),
        format!("-a127.0.0.1:{port}"),
        "-Tnone".to_owned(),
        format!("-f{}", configuration().join("onsale.vcl").display()),
        format!("-pvcl_path={}", own.display()),
        "-phttp_gzip_support=off".to_owned(),
        "-smalloc,64m".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Running::start("edge", &environment.varnishd, &arguments, &[], folder)
}
