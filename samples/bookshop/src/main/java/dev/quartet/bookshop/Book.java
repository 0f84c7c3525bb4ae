package dev.quartet.bookshop;

import java.util.List;
import java.util.Optional;

/// The stock: what details, reviews and ratings know of each book.
record Book(int id, String title, String author, int year, int pages, List<Review> reviews) {
    record Review(String reviewer, String text, int stars) {}

    static final List<Book> STOCK =
            List.of(
                    new Book(
                            1,
                            "The Time Machine",
                            "H. G. Wells",
                            1895,
                            118,
                            List.of(
                                    new Review(
                                            "Ada",
                                            "Read it in one evening, thought about it for a year.",
                                            5),
                                    new Review(
                                            "Grace",
                                            "The machine is the least strange thing in it.",
                                            4))),
                    new Book(
                            2,
                            "Middlemarch",
                            "George Eliot",
                            1871,
                            880,
                            List.of(
                                    new Review("Alan", "Long, and not a page too long.", 5),
                                    new Review(
                                            "Edsger",
                                            "So many dependencies, all of them explicit.",
                                            3))),
                    new Book(
                            3,
                            "The Art of War",
                            "Sun Tzu",
                            -500,
                            96,
                            List.of(
                                    new Review("Barbara", "Short chapters. Plan your retreats.", 4),
                                    new Review(
                                            "Leslie",
                                            "Says when messengers cannot be trusted.",
                                            5))));

    static Optional<Book> of(String id) {
        return STOCK.stream().filter(book -> Integer.toString(book.id).equals(id)).findFirst();
    }
}
