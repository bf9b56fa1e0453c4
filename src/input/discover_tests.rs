use std::fs;

use super::*;

fn paths(inputs: &[InputPath]) -> Vec<&str> {
    inputs.iter().map(|f| f.path.as_str()).collect()
}

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    folder
}

fn below(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

#[test]
fn everything_below_a_folder_is_found_in_order() {
    let d = folder(&["b/z.log", "a.log", ".hidden/k.log", ".gitignore", "b/a.log"]);
    fs::write(below(&d, ".gitignore"), "*.log\n").unwrap();
    let inputs = discover(&[d.path().to_path_buf()]);
    assert_eq!(paths(&inputs), [".gitignore", ".hidden/k.log", "a.log", "b/a.log", "b/z.log"]);
    assert_eq!(inputs[2].bytes, 5);
    assert!(inputs[2].modified.is_some());
}

#[test]
fn a_file_argument_is_named_by_its_name_and_overlap_is_read_once() {
    let d = folder(&["x/a.log", "x/b.log"]);
    assert_eq!(paths(&discover(&[below(&d, "x/a.log")])), ["a.log"]);
    let orders = [
        [d.path().to_path_buf(), below(&d, "x"), below(&d, "x/a.log")],
        [below(&d, "x/a.log"), d.path().to_path_buf(), below(&d, "x")],
    ];
    for order in orders {
        assert_eq!(paths(&discover(&order)), ["x/a.log", "x/b.log"]);
    }
}

#[test]
fn equal_relative_paths_stay_distinct() {
    let d = folder(&["one/k.log", "two/k.log"]);
    assert_eq!(paths(&discover(&[below(&d, "two"), below(&d, "one")])), ["one/k.log", "two/k.log"]);
    assert_eq!(paths(&discover(&[below(&d, "one/k.log"), below(&d, "two/k.log")])), ["one/k.log", "two/k.log"]);
}

#[test]
fn what_is_missing_is_reported_and_the_rest_goes_on() {
    let d = folder(&["a.log"]);
    let inputs = discover(&[below(&d, "a.log"), below(&d, "gone.log")]);
    assert_eq!(paths(&inputs), ["a.log", "gone.log"]);
    assert_eq!(inputs[1].origin, Origin::Nowhere { reason: "not found".to_owned(), failed: true });
}

#[test]
fn standard_input_is_one_input() {
    let inputs = discover(&[PathBuf::from("-"), PathBuf::from("-")]);
    assert_eq!(paths(&inputs), ["-"]);
    assert_eq!(inputs[0].origin, Origin::Stdin);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn loops_and_twins_through_links_are_survived() {
        let d = folder(&["real/deep/a.log", "b.log"]);
        symlink(d.path(), below(&d, "real/deep/up")).unwrap();
        symlink(below(&d, "real"), below(&d, "also")).unwrap();
        symlink(below(&d, "b.log"), below(&d, "a-link.log")).unwrap();
        fs::hard_link(below(&d, "b.log"), below(&d, "c.log")).unwrap();
        assert_eq!(paths(&discover(&[d.path().to_path_buf()])), ["b.log", "real/deep/a.log"]);
    }

    #[test]
    fn a_link_that_leads_out_is_followed_and_a_dangling_one_is_reported() {
        let d = folder(&["x/k.log"]);
        let other = folder(&["l.log"]);
        symlink(below(&other, "l.log"), below(&d, "x/out.log")).unwrap();
        symlink(below(&other, "gone"), below(&d, "x/dangling")).unwrap();
        let inputs = discover(&[below(&d, "x")]);
        assert_eq!(paths(&inputs), ["dangling", "k.log", "out.log"]);
        assert!(matches!(&inputs[0].origin, Origin::Nowhere { failed: false, .. }));
    }

    #[test]
    fn what_is_no_file_is_reported_and_never_opened() {
        let d = folder(&["k.log"]);
        let _socket = std::os::unix::net::UnixListener::bind(below(&d, "s.sock")).unwrap();
        let status = std::process::Command::new("mkfifo").arg(below(&d, "pipe")).status();
        let inputs = discover(&[d.path().to_path_buf()]);
        let socket = inputs.iter().find(|f| f.path == "s.sock").unwrap();
        let reason = "a socket, not a regular file; not read".to_owned();
        assert_eq!(socket.origin, Origin::Nowhere { reason, failed: false });
        if status.is_ok_and(|s| s.success()) {
            let pipe = &discover(&[below(&d, "pipe")])[0];
            assert!(matches!(&pipe.origin, Origin::Nowhere { reason, failed: true } if reason.starts_with("a FIFO")));
        }
        let device = &discover(&[PathBuf::from("/dev/null")])[0];
        assert!(matches!(&device.origin, Origin::Nowhere { reason, .. } if reason.starts_with("a device")));
    }

    #[test]
    fn names_that_are_not_utf8_survive_and_stay_distinct() {
        let d = folder(&[]);
        for name in [&b"a\xff.log"[..], b"a\xfe.log", b"tab\there"] {
            // Some file systems refuse such names.
            if fs::write(d.path().join(OsStr::from_bytes(name)), "x").is_err() {
                return;
            }
        }
        let inputs = discover(&[d.path().to_path_buf()]);
        assert_eq!(paths(&inputs), ["a\u{fffd}.log", "a\u{fffd}.log (2)", "tab\there"]);
    }

    #[test]
    fn a_folder_without_permission_is_reported() {
        let d = folder(&["closed/k.log", "open.log"]);
        fs::set_permissions(below(&d, "closed"), fs::Permissions::from_mode(0o000)).unwrap();
        // The administrator may list it all the same.
        let may_list = fs::read_dir(below(&d, "closed")).is_ok();
        let inputs = discover(&[d.path().to_path_buf()]);
        fs::set_permissions(below(&d, "closed"), fs::Permissions::from_mode(0o700)).unwrap();
        if !may_list {
            assert_eq!(paths(&inputs), ["closed", "open.log"]);
            assert!(matches!(&inputs[0].origin, Origin::Nowhere { failed: true, .. }));
        }
    }
}
