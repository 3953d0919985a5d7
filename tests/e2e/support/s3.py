"""An S3 server of our own that checks signatures; see tests/support/s3_server.py."""

import signal
import subprocess

from support.programs import ROOT, TemporaryFolder, tied_to_us

BUCKET = "agents"


class PrivateS3:
    def __enter__(self):
        self._folder = TemporaryFolder("s3")
        server = ROOT / "tests" / "support" / "s3_server.py"
        self._process = subprocess.Popen(
            tied_to_us(["/usr/bin/python3", server, self._folder.path, BUCKET]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        port = self._process.stdout.readline().strip()
        assert port, "s3_server.py did not start; it needs Debian's python3-swift"
        self.endpoint = f"http://127.0.0.1:{port.decode()}"
        return self

    def __exit__(self, *_):
        self.thaw()
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._folder.__exit__()

    def freeze(self):
        """It takes connections, and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def settings(self):
        return {
            "S3_ENDPOINT": self.endpoint,
            "S3_BUCKET": BUCKET,
            "S3_ACCESS_KEY_ID": "test:tester",
            "S3_SECRET_ACCESS_KEY": "testing",
        }
