//! Requests, responses, and a client like that of `reqwest`.

use desugar_tests::{D, pause, trace};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Status(pub u16);

impl Status {
    pub const UNAUTHORIZED: Status = Status(401);

    pub fn is_success(self) -> bool {
        (200..300).contains(&self.0)
    }

    pub fn is_redirection(self) -> bool {
        (300..400).contains(&self.0)
    }

    pub fn is_server_error(self) -> bool {
        self.0 >= 500
    }
}

pub type Headers = BTreeMap<String, String>;

#[derive(Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    pub path: String,
    pub headers: Headers,
    pub body: String,
    pub d: D,
}

impl Clone for Request {
    fn clone(&self) -> Self {
        let Request { method, path, headers, body, d } = self;
        Request { method: *method, path: path.clone(), headers: headers.clone(), body: body.clone(), d: d.twin() }
    }
}

impl Request {
    pub fn new(method: Method, path: &str) -> Self {
        let d = D(format!("request {path}"));
        Request { method, path: path.to_string(), headers: Headers::new(), body: String::new(), d }
    }

    pub fn get(path: &str) -> Self {
        Request::new(Method::Get, path)
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_string(), value.to_string());
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A response whose body still comes in, chunk by chunk.
pub struct Response {
    pub status: Status,
    pub headers: Headers,
    body: VecDeque<String>,
    _d: D,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({} {:?} {:?})", self.status.0, self.headers, self.body)
    }
}

impl Response {
    /// The chunks of the body are separated by `|`.
    pub fn new(status: u16, body: &str) -> Self {
        let body = body.split('|').filter(|chunk| !chunk.is_empty()).map(String::from).collect();
        Response { status: Status(status), headers: Headers::new(), body, _d: D(format!("response {status}")) }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_string(), value.to_string());
        self
    }

    pub fn status(&self) -> Status {
        self.status
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub fn error_for_status(self) -> Result<Self, HttpError> {
        if self.status.0 >= 400 { Err(HttpError::Status(self.status)) } else { Ok(self) }
    }

    /// Pending once before each chunk. A chunk `!cut` is a connection that breaks.
    pub async fn chunk(&mut self) -> Result<Option<String>, HttpError> {
        pause("chunk").await;
        match self.body.pop_front() {
            Some(chunk) if chunk == "!cut" => Err(HttpError::Connection("cut".to_string())),
            chunk => Ok(chunk),
        }
    }

    /// The whole body; pending once.
    pub async fn text(self) -> Result<String, HttpError> {
        pause("text").await;
        Ok(self.body.iter().map(String::as_str).collect())
    }

    /// The whole body, read as a value; pending once.
    pub async fn json<T: std::str::FromStr>(self) -> Result<T, HttpError> {
        let text = self.text().await?;
        text.parse().map_err(|_| HttpError::Decode(text))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    Connection(String),
    Timeout,
    Status(Status),
    Decode(String),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Connection(text) => write!(f, "connection: {text}"),
            HttpError::Timeout => f.write_str("timed out"),
            HttpError::Status(status) => write!(f, "status {}", status.0),
            HttpError::Decode(text) => write!(f, "cannot decode {text:?}"),
        }
    }
}

impl std::error::Error for HttpError {}

/// A client whose servers answer as the script says, whatever they are asked.
#[derive(Clone)]
pub struct Client {
    answers: Arc<Mutex<VecDeque<Result<Response, HttpError>>>>,
}

impl Client {
    pub fn new<const N: usize>(answers: [Result<Response, HttpError>; N]) -> Self {
        Client { answers: Arc::new(Mutex::new(answers.into())) }
    }

    pub fn request(&self, method: Method, url: &str) -> RequestBuilder {
        RequestBuilder { client: self.clone(), request: Request::new(method, url) }
    }

    pub fn get(&self, url: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::Get, url.as_ref())
    }

    pub fn post(&self, url: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::Post, url.as_ref())
    }

    /// Pending once.
    pub async fn execute(&self, request: Request) -> Result<Response, HttpError> {
        let Request { method, path, headers, body, .. } = &request;
        trace::log(format!("{method:?} {path} {headers:?} {body:?}"));
        pause("execute").await;
        self.answers.lock().unwrap().pop_front().unwrap_or(Err(HttpError::Connection("refused".to_string())))
    }
}

pub struct RequestBuilder {
    client: Client,
    request: Request,
}

impl RequestBuilder {
    pub fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.request = self.request.with_header(name, &value.to_string());
        self
    }

    pub fn bearer_auth(self, token: impl fmt::Display) -> Self {
        self.header("authorization", format_args!("Bearer {token}"))
    }

    pub fn query<T: fmt::Display>(mut self, pairs: &[(&str, T)]) -> Self {
        for (name, value) in pairs {
            let separator = if self.request.path.contains('?') { '&' } else { '?' };
            self.request.path += &format!("{separator}{name}={value}");
        }
        self
    }

    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.request.body = body.into();
        self
    }

    pub async fn send(self) -> Result<Response, HttpError> {
        self.client.execute(self.request).await
    }
}
