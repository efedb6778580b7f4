//! A user name and its password towards a broker, which no log and no error shows.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Longest password that is taken from a file, in bytes.
const MAX_PASSWORD: u64 = 256;
/// The rights of group and others.
const OF_OTHERS: u32 = 0o077;

/// See the file's first lines.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    user: String,
    password: String,
}

/// Why a password could not be had from its file.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// It cannot be read.
    #[error("cannot read the password in {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read it.
    #[error(
        "the password in {} can be read by others than its owner; type: chmod 0600 {}",
        path.display(),
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// It holds no password.
    #[error("{} is to hold one line of at most {MAX_PASSWORD} bytes: the password", path.display())]
    NoPassword {
        /// The file.
        path: PathBuf,
    },
}

impl Login {
    /// A name and its password.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Login {
        Login {
            user: user.into(),
            password: password.into(),
        }
    }

    /// A name, and its password from the one line of a file that only its owner may read.
    pub fn read(user: &str, path: &Path) -> Result<Login, LoginError> {
        let unreadable = |source| LoginError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let nonblocking = nix::fcntl::OFlag::O_NONBLOCK.bits();
        // A named pipe in the place of the file would be waited for.
        let opened = fs::OpenOptions::new()
            .read(true)
            .custom_flags(nonblocking)
            .open(path);
        let file = opened.map_err(unreadable)?;
        let found = file.metadata().map_err(unreadable)?;
        if found.mode() & OF_OTHERS != 0 {
            return Err(LoginError::Open {
                path: path.to_owned(),
            });
        }
        let mut text = String::new();
        let longest = MAX_PASSWORD + "\r\n".len() as u64;
        let read = file.take(longest + 1).read_to_string(&mut text);
        read.map_err(unreadable)?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty()
            || password.len() as u64 > MAX_PASSWORD
            || password.contains(char::is_control)
        {
            return Err(LoginError::NoPassword {
                path: path.to_owned(),
            });
        }
        Ok(Login::new(user, password))
    }

    /// The name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The secret itself, for the one who logs in.
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({}, …)", self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn written(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_password_comes_from_a_file_that_others_cannot_read_and_is_not_shown() {
        for mode in [0o600, 0o400] {
            let (_folder, path) = written("s3cret pass\n", mode);
            let login = Login::read("picket", &path).unwrap();
            assert_eq!((login.user(), login.password()), ("picket", "s3cret pass"));
            assert_eq!(format!("{login:?}"), "Login(picket, …)");
        }
    }

    #[test]
    fn a_file_that_holds_no_password_of_one_s_own_is_refused_without_its_content() {
        for (text, mode, why) in [
            ("s3cret", 0o640, "chmod 0600"),
            ("s3cret", 0o604, "chmod 0600"),
            ("", 0o600, "one line"),
            ("\n", 0o600, "one line"),
            ("s3cret\nmore", 0o600, "one line"),
            (&"s3cret".repeat(60), 0o600, "one line"),
        ] {
            let (_folder, path) = written(text, mode);
            let error = Login::read("picket", &path).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("s3cret"), "{error}");
        }
        let missing = Login::read("picket", Path::new("/nonexistent/password"));
        assert!(missing.unwrap_err().to_string().contains("/nonexistent"));
    }
}
