package dev.quartet.admin;

import java.time.Duration;
import org.springframework.boot.convert.DurationStyle;

/// How long a caller lets an answer wait, the query parameter `timeout`: `500ms`, `30s`, `5m`.
public final class WaitTime {
    private WaitTime() {}

    /// @param longest whole minutes
    /// @throws ProblemException 400 when it is no duration, negative, or longer
    public static Duration parse(String text, Duration longest) {
        Duration duration;
        try {
            duration = DurationStyle.detectAndParse(text);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(
                    "timeout is \"%s\", which is no duration; write it as 500ms, 30s or 5m"
                            .formatted(text));
        }
        if (duration.isNegative() || duration.compareTo(longest) > 0) {
            throw ProblemException.badRequest(
                    "timeout is %s, it may be 0s to %dm".formatted(text, longest.toMinutes()));
        }
        return duration;
    }
}
