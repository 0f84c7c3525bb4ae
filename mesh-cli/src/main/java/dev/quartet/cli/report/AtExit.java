package dev.quartet.cli.report;

/// What must be done when this process is interrupted before [#close()].
record AtExit(Thread hook) implements AutoCloseable {
    static AtExit of(Runnable action) {
        var hook = new Thread(action);
        Runtime.getRuntime().addShutdownHook(hook);
        return new AtExit(hook);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // the process ends already, and the hook runs
        }
    }
}
