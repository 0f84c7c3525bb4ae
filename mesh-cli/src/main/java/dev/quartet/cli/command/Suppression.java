package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// What is meant as it is: problems of one reason that are said of some resources.
///
/// @param code a reason, or Istio's code for it
/// @param resource `Kind namespace/name`, `Kind name` for what has no namespace; `*` stands for anything
record Suppression(String code, Pattern resource) {
    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9*]+)=(\\S+) +(\\S+)");

    /// @param text `CODE=KIND NAMESPACE/NAME`
    static Suppression parse(String text) {
        var parts = FORM.matcher(text.strip());
        if (!parts.matches()) {
            throw new Failure(
                    "--suppress " + text + " is not CODE=KIND NAME",
                    "for example --suppress 'IST0118=Service shop/*'",
                    2);
        }
        var pattern = new StringBuilder();
        for (var part : (parts.group(2) + " " + parts.group(3)).split("\\*", -1)) {
            pattern.append(pattern.isEmpty() ? "" : ".*").append(Pattern.quote(part));
        }
        return new Suppression(
                parts.group(1), Pattern.compile(pattern.toString(), Pattern.CASE_INSENSITIVE));
    }

    boolean covers(JsonNode problem) {
        var isMeant =
                code.equals("*")
                        || code.equalsIgnoreCase(problem.path("reason").asString(""))
                        || code.equalsIgnoreCase(problem.path("alias").asString(""));
        var of = problem.path("resource");
        if (!isMeant || !of.isObject()) {
            return false;
        }
        var namespace = of.path("namespace").asString("");
        var name =
                of.path("kind").asString()
                        + " "
                        + (namespace.isEmpty() ? "" : namespace + "/")
                        + of.path("name").asString();
        return resource.matcher(name).matches();
    }
}
