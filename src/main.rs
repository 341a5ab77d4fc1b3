//! The `ztlint` binary: hands over to the library's command line.

fn main() -> std::process::ExitCode {
    ztlint::cli::main()
}
