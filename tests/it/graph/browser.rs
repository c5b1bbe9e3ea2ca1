//! The page in a browser: Chromium without a window, told what to do over two pipes in the words of its DevTools.
//!
//! Skipped, loudly, where there is no `chromium`.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::TestRepo;

/// A slow machine may take so long to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one empty page.
pub(super) struct Browser {
    child: Child,
    pipe: File,
    said: Receiver<Value>,
    session: Value,
    calls: u64,
    /// What the page complained of, and what it asked the network for.
    pub(super) complaints: Vec<Value>,
    _home: TestRepo,
}

impl Browser {
    /// Starts one, if there is one.
    pub(super) fn start(width: u32, height: u32) -> Option<Self> {
        let found = Command::new("chromium")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            crate::support::skipped("chromium is not installed, so the page was not looked at");
            return None;
        }
        let home = TestRepo::new();
        let path = |name: &str| home.path().join(name).display().to_string();
        let pipes = [path("in"), path("out")];
        assert!(
            Command::new("mkfifo")
                .args(&pipes)
                .status()
                .expect("mkfifo runs")
                .success()
        );
        // Its own sandbox needs rights that a container may lack; the pages are our own.
        let script = "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --remote-debugging-pipe \
                      --user-data-dir=\"$3\" about:blank 3<\"$1\" 4>\"$2\"";
        let child = Command::new("sh")
            .args(["-c", script, "sh", &pipes[0], &pipes[1], &path("profile")])
            .env("HOME", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        let pipe = OpenOptions::new()
            .write(true)
            .open(&pipes[0])
            .expect("the shell opens its end");
        let answers = File::open(&pipes[1]).expect("the shell opens its end");
        let (send, said) = channel();
        std::thread::spawn(move || {
            let parts = BufReader::new(answers).split(0).map_while(Result::ok);
            let messages = parts.map(|part| serde_json::from_slice(&part).expect("JSON"));
            messages.map_while(|message| send.send(message).ok()).for_each(drop);
        });
        let mut browser = Browser {
            child,
            pipe,
            said,
            session: Value::Null,
            calls: 0,
            complaints: Vec::new(),
            _home: home,
        };
        let targets = browser.call("Target.getTargets", &json!({}));
        let page = targets["targetInfos"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|target| target["type"] == "page");
        let id = &page.expect("a page")["targetId"];
        let attached = browser.call("Target.attachToTarget", &json!({"targetId": id, "flatten": true}));
        browser.session = attached["sessionId"].clone();
        for domain in ["Runtime", "Log", "Network", "Page"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        browser.call("Emulation.setDeviceMetricsOverride", &size);
        Some(browser)
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let mut message = json!({"id": self.calls, "method": method, "params": params});
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        write!(self.pipe, "{message}\0").expect("it listens");
        loop {
            let mut said = self
                .said
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|error| panic!("{method}: {error}"));
            if said["id"] == self.calls {
                assert!(said.get("error").is_none(), "{method}: {said}");
                return said["result"].take();
            }
            let url = said["params"]["request"]["url"].as_str().unwrap_or_default();
            match said["method"].as_str().unwrap_or_default() {
                "Log.entryAdded" | "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => self.complaints.push(said),
                "Network.requestWillBeSent" if !url.starts_with("file://") => self.complaints.push(said),
                _ => {}
            }
        }
    }

    /// Goes to a page in a file, and waits until it is there.
    pub(super) fn open(&mut self, repo: &TestRepo, page: &str) {
        repo.write("page.html", page);
        let url = format!("file://{}", repo.path().join("page.html").display());
        self.call("Page.navigate", &json!({"url": url}));
        self.until("document.readyState === 'complete' && location.protocol === 'file:'");
    }

    /// What a script in the page comes to.
    #[track_caller]
    pub(super) fn ask(&mut self, script: &str) -> Value {
        let params = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", &params);
        assert!(answer.get("exceptionDetails").is_none(), "{script}: {answer}");
        answer["result"]["value"].take()
    }

    /// Waits until something is so.
    #[track_caller]
    pub(super) fn until(&mut self, script: &str) {
        let end = Instant::now() + PATIENCE;
        while self.ask(script) != true {
            assert!(Instant::now() < end, "it never was so: {script}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys, one after the other: a character, or the name of a key.
    pub(super) fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let text = match *key {
                "Enter" => "\r",
                key if key.chars().count() == 1 => key,
                _ => "",
            };
            let code = match *key {
                "Enter" => 13,
                "Tab" => 9,
                "Escape" => 27,
                _ => 0,
            };
            let event = |kind: &str| json!({"type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code});
            self.call("Input.dispatchKeyEvent", &event("keyDown"));
            self.call("Input.dispatchKeyEvent", &event("keyUp"));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Told to end it takes its own children along.
        let _ = write!(self.pipe, "{}\0", json!({"id": 0, "method": "Browser.close"}));
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
