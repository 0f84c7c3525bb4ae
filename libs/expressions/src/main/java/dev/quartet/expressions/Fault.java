package dev.quartet.expressions;

/// Why the text does not compile. Caught in [Expression#compile].
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String text;
    private final int position;

    Fault(int position, String text) {
        super(text, null, false, false);
        this.text = text;
        this.position = position;
    }

    String message() {
        return text;
    }

    int position() {
        return position;
    }
}
