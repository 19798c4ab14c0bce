"""Exits with 0 when the server beside it says that it is well; the image's HEALTHCHECK."""

import os
import sys
import urllib.error
import urllib.request

try:
    with urllib.request.urlopen(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/health", timeout=2) as answer:
        print(answer.read().decode().strip())
except (urllib.error.URLError, OSError) as error:
    sys.exit(f"unhealthy: {error}")
