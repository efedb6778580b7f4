//! A site to join: a hub, and its own broker or Debian's mosquitto by the files that the hub writes.

use super::broker;
use super::hub::{self, Hub, HubSettings};
use super::joining::{Machine, complaint, value_of};
use super::login::Login;
use super::place::Place;
use super::program::Program;
use picket_testing::{free_port, seconds, wait_for};
use std::ffi::OsString;
use std::fs::Permissions;
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Whose the broker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Embedded,
    Mosquitto,
}

/// Users of no name that nothing on this machine belongs to.
pub(crate) const HUB_USER: u32 = 64_117;
pub(crate) const NODE_USER: u32 = 64_118;

/// See the file's first lines.
pub(crate) struct Site {
    pub(crate) hub: Hub,
    pub(crate) mosquitto: Option<Program>,
    pub(crate) settings: HubSettings,
    /// Where nodes come in.
    pub(crate) tls: u16,
    // The folder goes last.
    pub(crate) place: Place,
}

impl Site {
    /// Everything runs as this process's own user.
    #[track_caller]
    pub(crate) fn start(kind: Kind) -> Site {
        Site::with(kind, &[], None)
    }

    /// Hub and broker run as `HUB_USER`; needs root.
    #[track_caller]
    pub(crate) fn of_another_user(kind: Kind) -> Site {
        Site::with(kind, &[], Some(HUB_USER))
    }

    /// The hub with further options, such as `--verbose`, by another user if one is named.
    #[track_caller]
    pub(crate) fn with(kind: Kind, options: &[&str], user: Option<u32>) -> Site {
        let place = Place::new();
        let mut settings = HubSettings::embedded(&place);
        settings.external = kind == Kind::Mosquitto;
        let tls = free_port();
        make_folders(&place, &settings.state_dir, user);
        let text = text(&place, &settings, tls);
        let by = match user {
            Some(user) => place.program_by(user, hub::command().get_program().as_ref()),
            None => vec![hub::command().get_program().to_owned()],
        };
        let mut command = command(&by);
        command.arg("run").args(options);
        let hub = Hub::run_text(&place, &settings, &text, command);
        let mut site = Site {
            hub,
            mosquitto: None,
            settings,
            tls,
            place,
        };
        if kind == Kind::Mosquitto {
            site.start_mosquitto(user);
        }
        wait_for("the hub is connected", seconds(60), || {
            let log = site.hub.log();
            // One each for frames, for power, and for Home Assistant.
            let count = log.matches("connected to the broker").count();
            (count >= 3).then_some(())
        });
        if let Some(mosquitto) = &site.mosquitto {
            // Who serves a client has begun to listen for signals: an earlier one would end it.
            let pid = mosquitto.pid().to_string();
            site.place.write("mosquitto/pid", &pid);
        }
        site
    }

    /// Writes hub.toml by the settings as they are now.
    #[track_caller]
    pub(crate) fn write_settings(&self) {
        let text = text(&self.place, &self.settings, self.tls);
        self.place.write("hub.toml", &text);
    }

    /// The hub starts anew with what is in its folders now.
    #[track_caller]
    pub(crate) fn again(mut self) -> Site {
        self.hub.kill();
        let text = text(&self.place, &self.settings, self.tls);
        let mut command = hub::command();
        command.arg("run");
        self.hub = Hub::run_text(&self.place, &self.settings, &text, command);
        self
    }

    fn start_mosquitto(&mut self, user: Option<u32>) {
        let conf = self.mosquitto_conf(user);
        let mut by = vec![broker::binary().into_os_string()];
        if let Some(user) = user {
            let words = format!("setpriv --reuid {user} --regid {user} --clear-groups");
            by.splice(0..0, words.split(' ').map(OsString::from));
        }
        let mut command = command(&by);
        command.arg("-c").arg(conf);
        let log = self.place.path("mosquitto.log");
        let mut program = Program::start("mosquitto", command, log);
        wait_for("mosquitto listens", seconds(20), || {
            program.assert_running();
            TcpStream::connect(("127.0.0.1", self.settings.broker)).ok()
        });
        self.mosquitto = Some(program);
    }

    /// The sample that the hub writes as it is, at this test's ports and folder.
    fn mosquitto_conf(&self, user: Option<u32>) -> PathBuf {
        let folder = self.place.path("mosquitto");
        let files = ["picket.conf.sample", "passwords", "acl"].map(|name| folder.join(name));
        wait_for("the hub writes mosquitto's files", seconds(30), || {
            files.iter().all(|file| file.exists()).then_some(())
        });
        for name in ["server.pem", "server.key"] {
            let copy = folder.join("picket-tls").join(name);
            std::fs::copy(self.identity(name), &copy).unwrap();
            chown(&copy, user, user).unwrap();
        }
        let mut conf = std::fs::read_to_string(&files[0]).unwrap();
        let listener = |port: u16| format!("\nlistener {port} 127.0.0.1\n");
        for (from, to) in [
            ("\nlistener 8883\n", listener(self.tls)),
            (
                "\nlistener 1883 127.0.0.1\n",
                listener(self.settings.broker),
            ),
            (
                "/etc/mosquitto/picket-tls/",
                format!("{}/picket-tls/", folder.display()),
            ),
        ] {
            assert!(conf.contains(from), "{conf}");
            conf = conf.replace(from, &to);
        }
        if user.is_none() {
            // Root's broker would become another user, who has no right to the test's folder.
            conf.push_str("user root\n");
        }
        self.place.write("mosquitto/picket.conf", &conf)
    }

    /// A new machine with the token for its name, which has joined by it.
    #[track_caller]
    pub(crate) fn joined(&self, node: &str) -> Machine {
        let machine = Machine::new(&self.place, node, "a");
        let token = self.hub.token(node, &[]);
        let joined = machine.join(&token, &[]);
        assert!(joined.status.success(), "{}", complaint(&joined));
        machine
    }

    /// Waits until a node is alive as one that has joined.
    #[track_caller]
    pub(crate) fn wait_alive(&self, node: &str) {
        wait_alive(&self.hub, node);
    }

    pub(crate) fn identity(&self, file: &str) -> PathBuf {
        self.settings.state_dir.join("identity").join(file)
    }

    /// The hub's own name and password, which may do and hear everything of Picket's.
    #[track_caller]
    pub(crate) fn hub_login(&self) -> Login {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let password = value_of(&self.identity("keys.toml"), "hub_password");
        Login {
            port: self.settings.broker,
            ca: None,
            user: Some(("hub".to_owned(), password)),
            client_id: format!("hub-{count:08x}-story"),
        }
    }

    /// Somebody at the door for nodes with this name and password.
    pub(crate) fn login(&self, user: &str, password: &str) -> Login {
        Login {
            port: self.tls,
            ca: Some(self.identity("ca.pem")),
            user: Some((user.to_owned(), password.to_owned())),
            client_id: user.to_owned(),
        }
    }

    /// A node by its own name and password, whoever uses them.
    #[track_caller]
    pub(crate) fn login_of(&self, machine: &Machine) -> Login {
        self.login(&machine.node, &machine.secret("password"))
    }
}

#[track_caller]
pub(crate) fn wait_alive(hub: &Hub, node: &str) {
    let what = format!("{node} is alive and has joined");
    wait_for(&what, seconds(90), || {
        let node = hub.node(node)?;
        (node["presence"] == "alive" && node["joined"] == true).then_some(())
    });
}

fn command(by: &[OsString]) -> Command {
    let mut command = Command::new(&by[0]);
    command.args(&by[1..]);
    command
}

fn make_folders(place: &Place, state_dir: &Path, user: Option<u32>) {
    for name in ["run", "mosquitto", "mosquitto/picket-tls"] {
        std::fs::create_dir(place.path(name)).unwrap();
    }
    std::fs::create_dir(state_dir).unwrap();
    if user.is_none() {
        return;
    }
    std::fs::set_permissions(place.root(), Permissions::from_mode(0o755)).unwrap();
    let folders = ["run", "mosquitto", "mosquitto/picket-tls"].map(|name| place.path(name));
    for folder in folders
        .iter()
        .map(PathBuf::as_path)
        .chain([state_dir, place.root()])
    {
        chown(folder, user, user).unwrap();
    }
}

/// hub.toml, with the door for nodes on `tls`.
pub(crate) fn text(place: &Place, settings: &HubSettings, tls: u16) -> String {
    let file = |name: &str| place.path("mosquitto").join(name).display().to_string();
    let (after, lines) = match settings.external {
        false => {
            let after = format!("listen = [\"127.0.0.1:{}\"]\n", settings.broker);
            (after, format!("listen_tls = [\"127.0.0.1:{tls}\"]\n"))
        }
        true => {
            let after = format!("url = \"mqtt://127.0.0.1:{}\"\n", settings.broker);
            let reload = format!("test ! -f {0} || kill -HUP $(cat {0})", file("pid"));
            let lines = format!(
                "address = \"127.0.0.1:{tls}\"\npassword_file = \"{}\"\nacl_file = \"{}\"\n\
                 reload = [\"sh\", \"-c\", \"{reload}\"]\n",
                file("passwords"),
                file("acl")
            );
            (after, lines)
        }
    };
    let text = settings.to_toml();
    let (before, behind) = text.split_once(&after).unwrap();
    format!("{before}{after}{lines}{behind}")
}
