"""The README's picture of a report: the page of the digits example, as chromium shows it.

make picture
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "_static" / "report.png"
WIDTH, HEIGHT = 1200, 1240

sys.path.insert(0, str(ROOT / "examples"))


def main() -> None:
    import digits

    _, budget = digits.run()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "digits.html"
        budget.report(log=False).replace(title="examples/digits.py").save(page)
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--window-size={WIDTH},{HEIGHT}", "--virtual-time-budget=4000", f"--screenshot={PICTURE}"]
        subprocess.run([*command, page.as_uri()], check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
