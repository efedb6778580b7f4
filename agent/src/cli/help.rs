//! What `--help` prints.

/// What `--help` prints.
pub const HELP: &str = "\
picket-agent reports what this machine says of itself to Picket's hub.

Usage:
  picket-agent run   [OPTIONS]   report until stopped (SIGTERM or SIGINT)
  picket-agent probe [OPTIONS]   read everything once and print it; nothing is sent
  picket-agent check [OPTIONS]   explain the settings and what is missing here, and why
  picket-agent join  [TOKEN|-]   become a node of a hub's site: keys, TLS, settings
  picket-agent scrub [OPTIONS]   read files back from the disks, run the probes that need rights,
                                 and tell the agent; see picket-agent scrub --help

Options of run and check:
  --settings FILE     settings (default /etc/picket/agent.toml, if --hub is not given)
  --id FILE           the node's secrets (default agent.id beside the settings file)
  --hub URL           where the hub's broker listens, such as mqtts://192.0.2.10:8883
  --node ID           name of this node: a-z, 0-9, _ and - (default: the host name)
  --every DURATION    how often to report, 1s to 1h (default 10s)
  --allow-plain       plain text may leave this machine: others can read and forge it
  --root DIR          read this tree instead of /sys and /proc; what is no file is missing
  --runtime-dir DIR   folder for the agent's socket, where it hears its scrub (default: none)

Options of probe:
  --json              print JSON: {\"readings\":[{\"name\",\"part\",\"value\",\"unit\"} or
                      {\"name\",\"part\",\"missing\",\"needs\"}, ...], \"board\", \"media\", \"writers\"};
                      `needs` is the group or capability without which a reading is denied
  --root DIR          as above

Options of join:
  --settings FILE     the file that is told where the hub is (default /etc/picket/agent.toml)
  --id FILE           where the node's secrets are kept (default agent.id beside it)
  --replace           this machine has joined already, and is to join anew

  --help, --version

Examples:
  picket-agent probe
      What would be reported of this machine? Needs no hub. Without rights it says what is denied,
      and which group or capability to give.
  picket-agent run --hub mqtt://127.0.0.1:1883
      Report to the hub on this machine, without any file.
  picket-agent check --settings agent.toml
      Try a settings file before it is installed.
  echo TOKEN | sudo picket-agent join
      Join the hub whose `picket-hub enroll NODE` has shown TOKEN. It is good for one node and one
      hour. `sudo picket-agent join` alone asks for it. As an argument it works too, but sudo
      writes arguments into its log.

A settings file:
  hub = \"mqtts://192.0.2.10:8883\"
  node = \"pi-01\"
  every = \"10s\"

Exit status: 0 well, 1 something failed, 2 the command line or the settings are wrong.
";

/// What `scrub --help` prints.
pub const SCRUB_HELP: &str = "\
picket-agent scrub reads every file back from its disk, past the memory of the kernel, and compares it
with what it was: so it finds what a disk has lost or changed without a word. It runs the probes that
need rights, too, and tells all of it to the agent.

Usage:
  picket-agent scrub [OPTIONS]         run until stopped: a pass over all files takes most of a
                                       period, with pauses; it rests on battery, when the machine is
                                       hot, and when others wait for the disks
  picket-agent scrub --now [OPTIONS]   read everything back at once, show how far it is and what was
                                       found. Where the service runs, it is asked to do that.
                                       Ctrl-C stops it; the next pass goes on from there

Options:
  --now               see above
  --state-dir DIR     folder to remember in what files read as (default $STATE_DIRECTORY, which
                      systemd sets; for --now of root /var/lib/picket-scrub)
  --settings FILE     where the tables [scrub] and [sd_health] stand (default
                      /etc/picket/agent.toml, if it is there)
  --runtime-dir DIR   folder with the agent's socket (default /run/picket/agent for root, else
                      $XDG_RUNTIME_DIR/picket/agent); with --now the one of the scrub that runs
                      (default /run/picket/scrub)
  --root DIR          take this tree instead of /sys and /proc; files are not looked for in it
  --help

A table of the settings, with the defaults:
  [scrub]
  enabled = true
  paths = [\"/\"]       # each as far as its own filesystem goes; further ones, such as
                      # \"/boot/firmware\", are named
  period = \"7d\"       # 1h to 90d
  exclude = []        # folders and files that are not read

What it says:
  A file is known when two passes have read the same, or one and its package's sum agrees. One that
  reads otherwise later, and that nobody wrote since, has rotted: it is read twice more, and named with
  its block of 4096 bytes. What could not be read past the memory of the kernel is counted as not read,
  never as good. It writes its own folder, and no file that it reads.

Examples:
  sudo picket-agent scrub --now
      Is every file what it was? The first pass only learns; packages are compared at once.
  picket-agent scrub --now --settings my.toml --state-dir ~/.cache/picket-scrub
      The same without rights, of what one may read, with a table [scrub] of one's own.

Exit status of --now: 0 nothing was found, 1 some file does not read as it was written, 2 the command
line or the settings are wrong, 3 not everything could be read back, 4 stopped before the end.
";
