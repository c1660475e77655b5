"""The real service for the tests: a template with documents, people and a key, made once, and as many running copies as tests want.

A copy is `baton serve` on a port of the system's choice with a data directory of its own; it can be killed and started again on the same port. Commands and
requests go the same ways as an operator's and a program's would.
"""

import concurrent.futures
import ctypes
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SITE = "quayside-help"
PASSWORD = "correct horse battery staple"
# Who signs in, as what: one of each kind of page.
ROLES = {"mara": "owner", "jonas": "teammate", "lena": "teammate", "nuno": "finance"}
SCOPES = ("conversations:read conversations:write documents:read documents:write rules:read prompts:read prompts:write usage:read credit:write "
          "webhooks:manage keys:manage teammates:manage settings:read settings:write metrics:read").split()


class Refused(Exception):
    """An answer of the API that is no success."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body[:400]}")
        self.status = status


class Template:
    """A furnished installation: configuration, data directory, sessions of all who sign in, and a key that may do everything.

    Whoever comes first makes the data in `shared`, the other workers wait for it; the configuration is each worker's own.
    """

    def __init__(self, baton, folder, shared, site_origins=()):
        self.baton = str(pathlib.Path(baton).resolve())
        self.folder = pathlib.Path(folder)
        self.data = pathlib.Path(shared) / "data"
        self._configure(site_origins)
        with open(pathlib.Path(shared) / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            secrets = pathlib.Path(shared) / "secrets.json"
            if not secrets.exists():
                secrets.write_text(json.dumps(self._furnish()))
            self.key, self.sessions = json.loads(secrets.read_text())

    def _furnish(self):
        self.run("ingest")
        for name, role in ROLES.items():
            self.run("teammate", "password", name, words=PASSWORD + "\n")
            if role == "finance":
                self.run("teammate", "role", name, role)
        scopes = [word for scope in SCOPES for word in ("--scope", scope)]
        self.key = self.run("key", "create", "--name", "tests", *scopes).strip()
        with Service(self, data=self.data) as service:
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                return self.key, dict(zip(ROLES, pool.map(service.new_session, ROLES)))

    def _configure(self, site_origins):
        shutil.copytree(ROOT / "Config" / "quayside", self.folder / "config" / "quayside")
        # Thousands of requests from one address would soon meet the usual limits.
        (self.folder / "config" / "baton.yaml").write_text("serve: { rate_factor: 1000 }\n")
        file = self.folder / "config" / "quayside" / "workspace.yaml"
        text = file.read_text()
        # The teams are always there, so that the tests say the same at night and on holidays.
        text = re.sub(r"open: \{[^}]*\}", 'open: { mon-sun: "00:00-24:00" }', text)
        text = re.sub(r"closed_on: \[[^\]]*\]", "closed_on: []", text)
        origins = ", ".join(f'"{origin}"' for origin in ["https://www.quayside.example", *site_origins])
        file.write_text(text.replace('origins: ["https://www.quayside.example"]', f"origins: [{origins}]"))

    def environment(self, data, config=None):
        own = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
        return own | {"BATON_DATA": str(data), "BATON_CONFIG": str(config or self.folder / "config"), "BATON_PROMPTS": str(ROOT / "Prompts")}

    def run(self, *words_of_command, words=None, data=None):
        """A command of baton; what it printed."""
        done = subprocess.run([self.baton, *words_of_command], env=self.environment(data or self.data), input=words,
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"baton {' '.join(words_of_command)} ended with {done.returncode}: {done.stderr}")
        return done.stdout


class Service:
    """A running `baton serve`. Ends with `close()` or the `with` block; only its own process is ever stopped."""

    def __init__(self, template, model=None, data=None, settings=None):
        """
        model: where answers come from; None: the built-in responder, which quotes.
        settings: a function from the text of workspace.yaml to another, where a test needs other settings.
        """
        self.template = template
        self.model = model
        self.key = template.key
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="baton-browser-"))
        self.data = data or self.folder / "data"
        if data is None:
            shutil.copytree(template.data, self.data)
        self.config = None
        if settings:
            self.config = self.folder / "config"
            shutil.copytree(template.folder / "config", self.config)
            file = self.config / "quayside" / "workspace.yaml"
            text = settings(file.read_text())
            assert text != file.read_text(), "the settings are what they were"
            file.write_text(text)
        self.log = self.folder / "log"
        self.port = 0
        self.process = None
        self.start()

    # Running

    def start(self):
        """Starts, on the same port where it has had one, and returns when it answers."""
        environment = self.template.environment(self.data, self.config)
        if self.model:
            environment |= {"BATON_ENDPOINT_URL": self.model.url, "BATON_ENDPOINT_MODEL": "gpt-4o-mini"}
        self.log.write_bytes(b"")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.template.baton, "serve", "--listen", f"127.0.0.1:{self.port}", "--log", "json"],
                                            env=environment, stdout=log, stderr=log, preexec_fn=_end_with_parent)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = re.search(rb"^baton: listening on http://127\.0\.0\.1:(\d+)", self.log.read_bytes(), re.M)
            if found:
                self.port = int(found[1])
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError("the service did not start:\n" + self.log.read_text(errors="replace"))

    def kill(self):
        """As a power cut would: SIGKILL, and nothing is tidied up."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """As an operator would: SIGTERM."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()

    def close(self):
        # Nobody waits for the goodbyes of a service whose data is thrown away.
        if self.process.poll() is None:
            self.kill() if self.data.parent == self.folder else self.stop()
        faults = [line for line in self.log.read_text(errors="replace").splitlines() if '"level":"error"' in line]
        shutil.rmtree(self.folder, ignore_errors=True)
        if faults:
            raise AssertionError("the service logged errors: " + "\n".join(faults[:5]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Talking to it

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words_of_command, words=None):
        """A command of baton while the service runs."""
        return self.template.run(*words_of_command, words=words, data=self.data)

    def request(self, method, path, body=None, headers=None, follow=True):
        """One request: (status, headers, bytes), whatever the status."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data, headers or {}, method=method)
        opener = urllib.request.build_opener() if follow else urllib.request.build_opener(_Stay)
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()

    def api(self, method, path, body=None, token=None, key=None):
        """JSON to and from the API, with the key of the tests or a customer's token."""
        headers = {"Authorization": f"Bearer {token or self.key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if method == "POST":
            headers["Idempotency-Key"] = key or os.urandom(12).hex()
        status, _, answer = self.request(method, path, body, headers)
        if status == 428:
            # To be changed only by whoever has seen how it is.
            headers["If-Match"] = self.request("GET", path, headers={"Authorization": headers["Authorization"]})[1]["ETag"]
            status, _, answer = self.request(method, path, body, headers)
        if status >= 300:
            raise Refused(status, answer.decode(errors="replace"))
        return json.loads(answer) if answer else None

    def new_session(self, name):
        """The cookies of a sign-in, as the browser keeps them."""
        from urllib.parse import urlencode
        form = urlencode({"email": f"{name}@quayside.example", "password": PASSWORD, "next": ""}).encode()
        status, headers, _ = self.request(
            "POST", "/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}, follow=False)
        if status != 303:
            raise RuntimeError(f"{name} could not sign in: {status}")
        return [cookie.split(";")[0].split("=", 1) for cookie in headers.get_all("Set-Cookie")]

    # Furnishing

    def conversation(self, text, name=None, email=None):
        """A customer's first message: (conversation id, token). The assistant's turn may still be under way."""
        body = {"text": text} | ({"name": name} if name else {}) | ({"email": email} if email else {})
        status, _, answer = self.request("POST", f"/v1/sites/{SITE}/conversations", body, {"Content-Type": "application/json"})
        if status >= 300:
            raise Refused(status, answer.decode(errors="replace"))
        opened = json.loads(answer)
        return opened["conversation"]["id"], opened["token"]

    def say(self, conversation, token, text):
        """Another message of the customer."""
        return self.api("POST", f"/v1/conversations/{conversation}/messages", {"text": text}, token=token)

    def attach(self, conversation, token, name, content):
        """A message of the customer with a file; the file's id."""
        status, _, answer = self.request(
            "POST", f"/v1/conversations/{conversation}/attachments?name={urllib.parse.quote(name)}", content,
            {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream", "Idempotency-Key": os.urandom(12).hex()})
        if status >= 300:
            raise Refused(status, answer.decode(errors="replace"))
        file = json.loads(answer)["id"]
        self.api("POST", f"/v1/conversations/{conversation}/messages", {"text": "Here it is.", "attachments": [file]}, token=token)
        return file

    def ask_for_person(self, conversation, token):
        self.api("POST", f"/v1/conversations/{conversation}/handoff", {}, token=token)

    def claim(self, conversation, teammate="mara"):
        self.api("PUT", f"/v1/conversations/{conversation}/claim", {"teammate": teammate})

    def reply(self, conversation, text, teammate="mara"):
        self.api("POST", f"/v1/conversations/{conversation}/messages", {"teammate": teammate, "text": text})

    def note(self, conversation, text, teammate="mara"):
        self.api("POST", f"/v1/conversations/{conversation}/notes", {"teammate": teammate, "text": text})

    def tag(self, conversation, *tags):
        self.api("PUT", f"/v1/conversations/{conversation}/tags", {"tags": list(tags)})

    def resolve(self, conversation, teammate="mara"):
        self.api("PUT", f"/v1/conversations/{conversation}/resolution", {"teammate": teammate})

    def messages(self, conversation):
        return self.api("GET", f"/v1/conversations/{conversation}/messages?limit=200")["data"]

    def until(self, what, seconds=20):
        """Asks again until the answer is true, for what no page shows."""
        end = time.monotonic() + seconds
        while True:
            answer = what()
            if answer:
                return answer
            assert time.monotonic() < end, "what was waited for did not happen"
            time.sleep(0.03)

    def answered(self, text, name=None, email=None):
        """A conversation in which the assistant has answered, or has handed over."""
        conversation, token = self.conversation(text, name, email)
        self.until(lambda: self.api("GET", f"/v1/conversations/{conversation}")["awaiting"] != "company"
                   or self.api("GET", f"/v1/conversations/{conversation}")["owner"]["kind"] != "assistant")
        return conversation, token


def _end_with_parent():
    """Linux ends the process when the test's own process is gone, however it went (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
