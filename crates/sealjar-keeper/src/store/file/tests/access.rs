//! Who may read the document, and where may it lie?

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use crate::KeeperError;
use crate::fixture::{Fixture, read};
use crate::store::StoreError;

#[tokio::test]
async fn a_link_in_the_documents_place_is_refused_and_where_it_leads_is_left_alone() {
    let it = Fixture::begun().await;
    let elsewhere = it.directory.path().join("elsewhere.json");
    fs::rename(it.document(), &elsewhere).unwrap();
    symlink(&elsewhere, it.document()).unwrap();
    it.pass(1000);
    let error = it.keeper.turn().await.unwrap_err();
    assert!(
        matches!(error, KeeperError::Store(StoreError::Link { .. })),
        "{error:?}"
    );
    assert_eq!(error.hint(), "name the file itself");
    assert_eq!(read(&elsewhere).epoch(), it.head().epoch());
}

#[tokio::test]
async fn a_document_keeps_its_group_and_no_mode_beyond_0640() {
    for (mode, narrowed) in [
        (0o600, 0o600),
        (0o640, 0o640),
        (0o644, 0o640),
        (0o666, 0o640),
    ] {
        let it = Fixture::begun().await;
        assert_eq!(mode_of(&it), 0o600, "a new one is its owner's alone");
        // Only root may give a file to a group that it is not a member of.
        let group = fs::metadata(it.document()).unwrap().gid() + 7;
        let given = chown(it.document(), None, Some(group)).is_ok();
        fs::set_permissions(it.document(), Permissions::from_mode(mode)).unwrap();

        assert!(
            !it.keeper.turn().await.unwrap().published,
            "{mode:o}: it stays"
        );
        assert_eq!(mode_of(&it), narrowed, "{mode:o}");
        fs::set_permissions(it.document(), Permissions::from_mode(mode)).unwrap();
        it.pass(1000);
        assert!(it.keeper.turn().await.unwrap().published);
        assert_eq!(mode_of(&it), narrowed, "{mode:o}, replaced");
        let found = fs::metadata(it.document()).unwrap().gid();
        assert_eq!(found == group, given);
        for secret in it.files() {
            let mode = fs::metadata(&secret).unwrap().permissions().mode() & 0o777;
            assert!(
                secret == it.document() || mode == 0o600,
                "{}",
                secret.display()
            );
        }
        let directory = fs::metadata(it.store_file(""))
            .unwrap()
            .permissions()
            .mode()
            & 0o777;
        assert_eq!(directory, 0o700);
    }
}

fn mode_of(it: &Fixture) -> u32 {
    fs::metadata(it.document()).unwrap().permissions().mode() & 0o777
}
