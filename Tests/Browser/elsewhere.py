"""Another web server on loopback: the company's own site that embeds the chat, or somebody's who should not."""

import http.server
import threading


class Elsewhere:
    """Serves the pages of `pages` (path to HTML) as `http://127.0.0.1:PORT` and, another origin for browsers, `http://localhost:PORT`."""

    def __init__(self):
        # A browser asks for it by itself.
        self.pages = {"/favicon.ico": ""}
        self.asked = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path != "/favicon.ico":
                    owner.asked.append(self.path)
                found = owner.pages.get(self.path.split("?")[0])
                headers, html = found if isinstance(found, tuple) else ({}, found)
                body = ("nothing here" if html is None else html).encode()
                self.send_response(200 if html is not None else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.port = self._server.server_address[1]

    @property
    def site(self):
        """The origin that the site's settings name."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stranger(self):
        """An origin that they do not name."""
        return f"http://localhost:{self.port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
