package dev.quartet.config.read;

/// How much a text may ask of its reader. Far above what people write, far below what hurts.
final class Limits {
    static final int MAX_BYTES = 3 * 1024 * 1024;
    static final int MAX_DEPTH = 64;
    static final int MAX_ALIASES = 1_000;

    /// Values that aliases stand for, all of them written out; a text is one for each [#SIGNS_OF_A_VALUE], and one more.
    static final int MAX_ALIASED_VALUES = 100_000;

    static final int SIGNS_OF_A_VALUE = 32;

    /// Signs of a key.
    static final int MAX_KEY = 4096;

    /// A text of so few signs that stands for so few values makes no JSON longer than [#MAX_BYTES]: of each come far fewer than 400 bytes.
    static final int SURELY_SHORT = MAX_BYTES / 400;

    /// Problems of one text.
    static final int MAX_PROBLEMS = 1_000;

    private Limits() {}

    static MalformedException tooLong() {
        return new MalformedException(
                1,
                "the text is longer than " + MAX_BYTES / (1024 * 1024) + " MiB",
                "split it into several files");
    }

    static MalformedException keyTooLong(int line) {
        return new MalformedException(
                line, "a key has more than " + MAX_KEY + " signs", "keys are plain words");
    }

    static MalformedException tooDeep(int line) {
        return new MalformedException(
                line,
                "the nesting is deeper than " + MAX_DEPTH + " levels",
                "write it with fewer levels");
    }
}
