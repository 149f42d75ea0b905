"""`python -m tandem_worker`: the first statement ties the process to its parent; everything slow is imported after it."""

from tandem_worker.parent import arm

SUPERVISED = arm()

import os  # noqa: E402
import sys  # noqa: E402


def main() -> int:
    """Runs the worker until it is drained. Returns the exit status: 0, or 2 for settings that cannot be used."""
    from tandem_worker.logs import LEVELS, Announcements, log, start_logs
    from tandem_worker.settings import SettingsError, read_settings

    announcements = Announcements()
    handler = start_logs("info")
    try:
        settings = read_settings(sys.argv[1:])
    except SettingsError as error:
        log.error(str(error))
        handler.flush_for(1)
        return 2
    log.setLevel(LEVELS[settings.log_level])
    from tandem_worker.server import serve

    status = serve(settings, announcements)
    handler.flush_for(1)
    return status


if __name__ == "__main__":
    status = main()
    # Without joining threads: an inference that hangs in native code must not keep a drained worker.
    os._exit(status)
