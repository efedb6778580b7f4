//! The log: lines on standard error, with a level in front where the journal reads them.

use std::fmt;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Sends what the hub says to standard error. A second call changes nothing.
pub fn start(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_writer(std::io::stderr);
    // systemd sets it where standard error goes to the journal, which adds the time.
    let started = if std::env::var_os("JOURNAL_STREAM").is_some() {
        let journal = subscriber.with_ansi(false).event_format(Journal);
        tracing::subscriber::set_global_default(journal.finish())
    } else {
        tracing::subscriber::set_global_default(subscriber.finish())
    };
    // Fails only if somebody started the log before, and then there is one.
    let _ = started;
}

/// `<4>text`: the priority of syslog(3) in front (systemd, sd-daemon(3)).
struct Journal;

impl<S, N> FormatEvent<S, N> for Journal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(writer, "<{}>", priority(event.metadata().level()))?;
        context
            .field_format()
            .format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

fn priority(level: &Level) -> u8 {
    match *level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
