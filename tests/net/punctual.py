# SPDX-License-Identifier: GPL-2.0-or-later
"""punctual.py MS COUNT: how late who sleeps until a time is woken here at present: p99 in us, of COUNT
times MS apart. Scheduled as the thread is that sends prompts, it tells what the host is good for."""
import os
import sys
import time

step, count = int(sys.argv[1]) / 1000, int(sys.argv[2])
try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(os.sched_get_priority_min(os.SCHED_FIFO)))
except PermissionError:
    pass
start, late = time.monotonic(), []
for i in range(1, count + 1):
    due = start + i * step
    time.sleep(max(0, due - time.monotonic()))
    late.append(time.monotonic() - due)
print(int(sorted(late)[count * 99 // 100] * 1000000))
