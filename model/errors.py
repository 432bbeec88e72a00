"""The errors that callers may catch. A bad program is data (an Outcome); a broken machine is one of these.

ChartloopError
├── BadInput             the person gave something unusable; the message says what, and what to do
│   └── NotFound         there is no such job, turn, verdict or picture
├── SandboxUnavailable   the sandbox cannot run programs here, or broke while doing so
├── GeneratorError       the model could not be asked
│   ├── GeneratorUnreachable   wrong base URL, refused connection, time-out
│   ├── ModelNotFound          the server or the disk does not have that model
│   └── QuestionTooLong        the model works, but this question is longer than it reads
└── StorageError         the database cannot be used
"""


class ChartloopError(Exception):
    """Base of all errors that Chartloop raises on purpose; its text is meant for people."""


class BadInput(ChartloopError):
    pass


class NotFound(BadInput):
    pass


class SandboxUnavailable(ChartloopError):
    pass


class GeneratorError(ChartloopError):
    pass


class GeneratorUnreachable(GeneratorError):
    pass


class ModelNotFound(GeneratorError):
    pass


class QuestionTooLong(GeneratorError):
    pass


class StorageError(ChartloopError):
    pass
