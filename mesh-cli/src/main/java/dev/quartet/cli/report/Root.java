package dev.quartet.cli.report;

/// Whether this process may do what only root may.
final class Root {
    private Root() {}

    static boolean is() {
        return "root".equals(System.getProperty("user.name"));
    }
}
