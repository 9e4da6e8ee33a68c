//! Who may come in where everybody who reaches the loopback address is the admin: programs of this machine, and no web page that a
//! browser on it happens to show.

use axum::http::{HeaderMap, header};

/// Why a request is not let in, as an HTTP status and a sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// The status: 403 or 415.
    pub status: u16,
    /// What to do instead.
    pub message: &'static str,
}

/// Lets a request in, or says why not.
///
/// A page of another site can make a browser send a request here: under a name of its own that it has made to lead to this machine, so
/// `Host` is checked; from its own origin, so `Origin` is; or as a form, which needs nobody's leave, so a change must be JSON.
///
/// # Errors
/// [`TurnedAway`].
pub fn let_in(method: &str, headers: &HeaderMap) -> Result<(), TurnedAway> {
    let header = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = header(header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|it| it.is_ascii_digit()) { name } else { host }
    });
    if !["localhost", "127.0.0.1", "[::1]"].contains(&name) {
        let message = "this door answers on its own machine only: ask 127.0.0.1 or localhost";
        return Err(TurnedAway { status: 403, message });
    }
    if header(header::ORIGIN).is_some_and(|origin| origin != format!("http://{host}")) {
        let message = "no page of another site may ask here";
        return Err(TurnedAway { status: 403, message });
    }
    let content_type = header(header::CONTENT_TYPE).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !matches!(method, "GET" | "HEAD") && !media_type.eq_ignore_ascii_case("application/json") {
        let message = "send a change as application/json, as curl --json does";
        return Err(TurnedAway { status: 415, message });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::let_in;

    #[test]
    fn programs_of_this_machine_come_in_and_pages_of_other_sites_do_not() {
        for (method, headers, expected) in [
            ("GET", "host: 127.0.0.1:8080", 0),
            ("GET", "host: localhost", 0),
            ("GET", "host: [::1]:8080", 0),
            ("GET", "host: [::1]", 0),
            ("POST", "host: localhost:1\ncontent-type: application/json; charset=utf-8", 0),
            (
                "POST",
                "host: localhost:1\norigin: http://localhost:1\ncontent-type: Application/JSON",
                0,
            ),
            ("GET", "", 403),
            ("GET", "host: evil.example", 403),
            ("GET", "host: 127.0.0.1.evil.example:8080", 403),
            ("GET", "host: evil.example:127.0.0.1", 403),
            ("GET", "host: localhost:1\norigin: http://evil.example", 403),
            ("GET", "host: localhost:1\norigin: http://localhost:2", 403),
            ("GET", "host: localhost:1\norigin: null", 403),
            ("POST", "host: localhost:1", 415),
            ("POST", "host: localhost:1\ncontent-type: text/plain", 415),
            ("POST", "host: localhost:1\ncontent-type: text/plain; application/json", 415),
            ("DELETE", "host: localhost:1\ncontent-type: application/x-www-form-urlencoded", 415),
            ("PATCH", "host: localhost:1\ncontent-type: application/jsonp", 415),
        ] {
            let mut map = HeaderMap::new();
            for line in headers.lines() {
                let (name, value) = line.split_once(": ").unwrap();
                map.insert(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                );
            }
            let found = let_in(method, &map).err().map_or(0, |it| it.status);
            assert_eq!(found, expected, "{method} {headers:?}");
        }
    }
}
