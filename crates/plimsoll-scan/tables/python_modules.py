"""Writes python-modules.txt: the modules of Python's standard library, of 2.7's that run code, and `builtins`.

    python3 python_modules.py
"""

import sys
from pathlib import Path

FORMER = {"__builtin__", "commands", "os2emxpath", "popen2", "dl", "imp", "asyncore", "asynchat", "smtpd", "distutils",
          "new", "urllib2", "httplib", "cPickle", "copy_reg", "compiler", "user"}
names = sorted((set(sys.stdlib_module_names) | FORMER) - {"__future__", "this", "antigravity"})
lines = [f"# From Python {sys.version_info.major}.{sys.version_info.minor} by python_modules.py.", *names]
Path(__file__).with_name("python-modules.txt").write_text("\n".join(lines) + "\n")
