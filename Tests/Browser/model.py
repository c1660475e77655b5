"""A model's place: an endpoint on loopback in the shape of OpenAI's chat completions, which answers what a test wants said.

By itself it is honest: it quotes the last line of the first passage. `model.says(...)` changes the next answers, for a hostile model, a hesitant one, a slow one.
"""

import contextlib
import http.server
import json
import re
import threading


class Model:
    def __init__(self):
        self._change = None
        self._gate = threading.Event()
        self._gate.set()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                owner._gate.wait(60)
                text = json.dumps(owner._answer(asked), ensure_ascii=False)
                usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
                common = {"id": "chatcmpl-1", "created": 1767603600, "model": "gpt-4o-mini"}
                if asked.get("stream"):
                    third = max(1, len(text) // 3)
                    chunks = [{"choices": [{"index": 0, "delta": {"content": text[at:at + third]}, "finish_reason": None}]}
                              for at in range(0, len(text), third)]
                    chunks += [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": usage}]
                    lines = [f"data: {json.dumps(common | {'object': 'chat.completion.chunk'} | chunk)}\n\n" for chunk in chunks]
                    self._send("text/event-stream", "".join(lines) + "data: [DONE]\n\n")
                else:
                    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
                    self._send("application/json", json.dumps(common | {"object": "chat.completion", "choices": [choice], "usage": usage}))

            def _send(self, kind, text):
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the asker was killed meanwhile
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self):
        self._gate.set()
        self._server.shutdown()
        self._server.server_close()

    # What it says

    @contextlib.contextmanager
    def says(self, **fields):
        """While it lasts, answers carry these fields of the contract in place of the honest ones; a function is asked with the question."""
        self._change = fields
        try:
            yield
        finally:
            self._change = None

    @contextlib.contextmanager
    def silent(self):
        """While it lasts, the model thinks."""
        self._gate.clear()
        try:
            yield
        finally:
            self._gate.set()

    def _answer(self, asked):
        last = [message for message in asked["messages"] if message["role"] == "user"][-1]["content"]
        passages, question = self._read(last if isinstance(last, str) else "".join(part.get("text", "") for part in last))
        answer = {"plan": "Quote the passage.", "support": "none", "citations": [], "answer": "The documents do not cover it.", "missing": None,
                  "follow_ups": [], "intent": "other", "sentiment": 0, "captured": {}, "needs_human": False, "reason": None,
                  "summary": "A question.", "confidence": 1}
        if passages:
            identity, text = passages[0]
            line = [line for line in text.splitlines() if line.strip() and not line.startswith("#")][-1].strip()
            answer |= {"support": "full", "answer": line, "citations": [{"passage": identity, "quote": line[:120]}], "confidence": 19}
        for name, value in (self._change or {}).items():
            answer[name] = value(question) if callable(value) else value
        return answer

    @staticmethod
    def _read(text):
        """The passages and the question of a prompt (Prompts/answer.prompt)."""
        found = re.search(r"^DATA ([0-9a-f]+)\n(.*?)\nEND \1$(.*)", text, re.S | re.M)
        if not found:
            return [], text
        parts = re.split(r"^\[([^\]]+)\] [^\n]*\n", found[2], flags=re.M)
        passages = [(parts[at], parts[at + 1].strip()) for at in range(1, len(parts) - 1, 2)]
        question = found[3].split("Customer:", 1)[-1].strip()
        return passages, question
