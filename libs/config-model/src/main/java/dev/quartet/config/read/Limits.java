package dev.quartet.config.read;

/// How much a text may ask of its reader. Far above what people write, far below what hurts.
final class Limits {
    static final int MAX_BYTES = 3 * 1024 * 1024;
    static final int MAX_DEPTH = 64;
    static final int MAX_ALIASES = 1_000;

    /// Values that aliases stand for, all of them written out.
    static final int MAX_ALIASED_VALUES = 100_000;

    /// Signs of a key.
    static final int MAX_KEY = 4096;

    /// Problems of one text.
    static final int MAX_PROBLEMS = 1_000;

    private Limits() {}

    static MalformedException tooLong() {
        return new MalformedException(
                1,
                "the text is longer than " + MAX_BYTES / (1024 * 1024) + " MiB",
                "split it into several files");
    }

    static MalformedException tooDeep(int line) {
        return new MalformedException(
                line,
                "the nesting is deeper than " + MAX_DEPTH + " levels",
                "write it with fewer levels");
    }
}
