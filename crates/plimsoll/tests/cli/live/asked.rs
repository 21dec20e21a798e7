//! As much of an HTTP client as the tests need: one connection that is kept.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A connection to a server.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    token: Option<String>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: None })
    }

    /// Sends `token` along from now on.
    pub(crate) fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.request("GET", path, "")
    }

    /// Asks about rows of `id`, `day`, `a`, `b`, `c`.
    pub(crate) fn ask(&mut self, rows: &[Value]) -> io::Result<Answer> {
        let columns = ["id", "day", "a", "b", "c"];
        self.invoke(&json!({"dataframe_split": {"columns": columns, "data": rows}}))
    }

    pub(crate) fn invoke(&mut self, body: &Value) -> io::Result<Answer> {
        self.request("POST", "/invocations", &body.to_string())
    }

    /// Asks about one row, and returns the version that answered.
    pub(crate) fn infer(&mut self) -> io::Result<Answer> {
        let input =
            json!({"name": "input", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]});
        self.request("POST", "/v2/models/bikes/infer", &json!({"inputs": [input]}).to_string())
    }

    fn request(&mut self, method: &str, path: &str, body: &str) -> io::Result<Answer> {
        let token = self.token.as_ref();
        let token = token.map(|token| format!("authorization: Bearer {token}\r\n"));
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n{}content-length: {}\r\n\r\n",
            token.unwrap_or_default(),
            body.len()
        );
        self.stream.get_mut().write_all((head + body).as_bytes())?;
        let mut line = String::new();
        let status = match self.stream.read_line(&mut line)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => line.split(' ').nth(1).and_then(|status| status.parse().ok()),
        };
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status: status.unwrap_or(0), body })
    }
}
