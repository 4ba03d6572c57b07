//! Which file is found, made and read?

use super::*;

fn find(
    environment: Option<&Path>,
    secrets: &Path,
    development: Option<&Path>,
) -> Result<FileSource, SourceError> {
    FileSource::find_in(
        environment.map(Path::to_owned),
        secrets,
        development,
        "session-ring",
    )
}

#[test]
fn the_environment_comes_before_the_secret_and_the_secret_before_development() {
    let directory = tempfile::tempdir().unwrap();
    let named = directory.path().join("named.json");
    let secret = directory.path().join("session-ring");
    let development = directory.path().join(".sealjar");
    let found = |environment: Option<&Path>| {
        find(environment, directory.path(), Some(&development))
            .unwrap()
            .path()
            .to_owned()
    };
    assert_eq!(found(None), development.join("session-ring.json"));
    fs::write(&secret, "").unwrap();
    assert_eq!(found(None), secret);
    assert_eq!(found(Some(&named)), named);
    assert_eq!(found(Some(Path::new(""))), secret, "empty names nothing");
}

#[test]
fn a_release_build_names_the_places_it_looked_at_and_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let error = find(None, directory.path(), None).unwrap_err();
    let shown = format!("{error:?}");
    assert!(shown.contains("$SEALJAR_RING"), "{shown}");
    assert!(shown.contains("session-ring"), "{shown}");
    assert!(shown.contains("\nhint: "), "{shown}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_path_with_control_characters_is_spelt_out_where_nothing_can_be_made_or_found() {
    let hostile = Path::new("/dev/null/a\rb\n\u{1b}[2J");
    for error in [
        find(None, hostile, None).unwrap_err(),
        find(None, hostile, Some(hostile)).unwrap_err(),
    ] {
        let shown = error.to_string();
        assert!(shown.contains(r"/a\rb\n\u{1b}[2J"), "{shown}");
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
}

#[test]
fn a_development_ring_is_made_once_private_and_can_seal() {
    let directory = tempfile::tempdir().unwrap();
    let development = directory.path().join("made").join(".sealjar");
    let source = find(None, directory.path(), Some(&development)).unwrap();
    let first = source.fetch().unwrap();
    assert!(first.sealing_key(Timestamp::now().unwrap()).is_some());
    assert_eq!(first.keys().len(), 2);

    let again = find(None, directory.path(), Some(&development)).unwrap();
    assert_eq!(again.fetch().unwrap().keys()[0].id(), first.keys()[0].id());
    let files = fs::read_dir(&development).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, [".gitignore", "session-ring.json"]);
    let ignored = fs::read_to_string(development.join(".gitignore")).unwrap();
    assert!(ignored.lines().any(|line| line == "*"), "{ignored}");
    // An earlier version created none.
    fs::remove_file(development.join(".gitignore")).unwrap();
    find(None, directory.path(), Some(&development)).unwrap();
    let again = fs::read_to_string(development.join(".gitignore")).unwrap();
    assert_eq!(again, ignored);
    // "Remember me" works at once.
    assert!(first.keys().iter().all(|key| key.lifetime == 90 * 86_400));
    assert_eq!(first.revocations().horizon, 90 * 86_400);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(source.path()), 0o600);
        assert_eq!(mode(&development), 0o700);
    }
}

/// Some file systems have one fixed mode for all files.
#[cfg(unix)]
#[test]
fn a_development_ring_is_used_whatever_its_mode_and_no_other_is() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let source = find(None, Path::new("nowhere"), Some(directory.path())).unwrap();
    fs::set_permissions(source.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(source.fetch().is_ok());
    let named = FileSource::new(source.path());
    let refused = named.fetch().unwrap_err();
    assert!(
        matches!(refused, SourceError::Writable { mode: 0o777, .. }),
        "{refused:?}"
    );
}

#[test]
fn a_file_of_a_terabyte_is_read_no_further_than_a_ring_may_be_long() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ring.json");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let shown = FileSource::new(path).fetch().unwrap_err().to_string();
    assert!(shown.contains("500001 bytes"), "{shown}");
}

#[test]
fn a_read_that_hangs_is_joined_by_no_other_and_heals() {
    let directory = tempfile::tempdir().unwrap();
    let mut source = find(None, Path::new("nowhere"), Some(directory.path())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let shared = Arc::clone(&source.reading);

    let hang = source.watch.clone();
    let hang = hang.hold();
    for _ in 0..3 {
        let look = async {
            let patience = std::time::Duration::from_millis(50);
            tokio::time::timeout(patience, source.current()).await
        };
        assert!(runtime.block_on(look).is_err());
        // This one, the source's, and that of the read in flight, which also holds the lock.
        assert_eq!(Arc::strong_count(&shared), 4);
    }
    drop(hang);
    assert_eq!(runtime.block_on(source.current()).unwrap().epoch(), 1);
}
