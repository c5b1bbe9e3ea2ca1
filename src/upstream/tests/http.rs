//! A small HTTP server: `git http-backend` as CGI, or plain files. It counts, asks for a password, and dies when told to.
//! Tests of other rooms include it, too: of its parent it expects `hermetic`.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use super::hermetic;

/// What a server does; may be changed while it runs.
#[derive(Default)]
pub(super) struct Behaviour {
    /// Serve the files as they are, without git.
    pub(super) is_dumb: AtomicBool,
    /// End in the middle of every pack.
    pub(super) cuts_packs: AtomicBool,
    /// Take what is pushed, and end before saying what became of it.
    pub(super) keeps_receipts: AtomicBool,
    /// `Basic …`, if it asks who is there.
    pub(super) authorization: Mutex<Option<String>>,
    /// How many bytes were sent in answers.
    pub(super) sent: AtomicUsize,
    /// `<method> <path>` of every request that was let in.
    pub(super) requests: Mutex<Vec<String>>,
}

impl Behaviour {
    /// How many git commands have asked something since the last call.
    pub(super) fn take_connections(&self) -> usize {
        let requests = std::mem::take(&mut *self.requests.lock().expect("no panic"));
        let first = |request: &&String| request.starts_with("GET ") && request.ends_with("/info/refs");
        requests.iter().filter(first).count()
    }
}

/// A server on a port of its own, until it is dropped.
pub(super) struct HttpServer {
    pub(super) port: u16,
    pub(super) behaviour: Arc<Behaviour>,
    stops: Arc<AtomicBool>,
}

impl HttpServer {
    /// Serves all repositories below `root`.
    pub(super) fn new(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = HttpServer {
            port: listener.local_addr().expect("it is bound").port(),
            behaviour: Arc::default(),
            stops: Arc::default(),
        };
        let (root, behaviour, stops) = (root.to_owned(), server.behaviour.clone(), server.stops.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stops.load(Ordering::SeqCst) {
                    return;
                }
                let (root, behaviour) = (root.clone(), behaviour.clone());
                // A client that goes away is none of the test's business.
                std::thread::spawn(move || answer(&stream, &root, &behaviour).ok());
            }
        });
        server
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::SeqCst);
        TcpStream::connect(("127.0.0.1", self.port)).ok();
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let len = headers
        .get("content-length")
        .and_then(|len| len.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; len];
    reader.read_exact(&mut body)?;
    Ok(Request {
        method,
        path,
        query,
        headers,
        body,
    })
}

fn answer(mut stream: &TcpStream, root: &Path, behaviour: &Behaviour) -> std::io::Result<()> {
    let request = read(stream)?;
    let wanted = behaviour.authorization.lock().expect("no panic").clone();
    if wanted.is_some() && request.headers.get("authorization") != wanted.as_ref() {
        return stream.write_all(
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    }
    let line = format!("{} {}", request.method, request.path);
    let is_push = line.starts_with("POST ") && line.ends_with("/git-receive-pack");
    behaviour.requests.lock().expect("no panic").push(line);
    let (head, body) = if behaviour.is_dumb.load(Ordering::SeqCst) {
        file(&root.join(request.path.trim_start_matches('/')))
    } else {
        backend(root, &request)?
    };
    if behaviour.keeps_receipts.load(Ordering::SeqCst) && is_push {
        return stream.shutdown(Shutdown::Both);
    }
    write!(
        stream,
        "HTTP/1.1 {head}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    behaviour.sent.fetch_add(body.len(), Ordering::SeqCst);
    let holds_pack = body.windows(4).any(|word| word == b"PACK");
    if behaviour.cuts_packs.load(Ordering::SeqCst) && holds_pack {
        stream.write_all(&body[..body.len() / 2])?;
        return stream.shutdown(Shutdown::Both);
    }
    stream.write_all(&body)
}

fn file(path: &PathBuf) -> (String, Vec<u8>) {
    match std::fs::read(path) {
        Ok(data) => ("200 OK\r\n".to_owned(), data),
        Err(_) => ("404 Not Found\r\n".to_owned(), Vec::new()),
    }
}

fn backend(root: &Path, request: &Request) -> std::io::Result<(String, Vec<u8>)> {
    let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
    let mut command = Command::new("git");
    hermetic(&mut command);
    let mut child = command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().expect("piped");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(&request.body).ok());
        child.wait_with_output()
    })?;
    let end = output.stdout.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let (head, body) = output.stdout.split_at(end.map_or(0, |end| end + 2));
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: "));
    let head = format!("{}\r\n{head}", status.unwrap_or("200 OK"));
    Ok((head, body.get(2..).unwrap_or_default().to_vec()))
}
