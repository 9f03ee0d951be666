"""A YARN of one's own, to try things on: a ResourceManager and a NodeManager as processes of the user, on loopback.

`up` attaches to the one of the state folder or starts it, `find` looks, `down` ends it with every application that
runs on it. `stop_part` and `start_part` are for whoever wants to see what a failure looks like.
"""

from flinklab.yarn.lab.lifecycle import down, find, start_part, stop_part, up
from flinklab.yarn.lab.options import LabOptions
from flinklab.yarn.lab.plan import YarnLab

__all__ = ["LabOptions", "YarnLab", "down", "find", "start_part", "stop_part", "up"]
