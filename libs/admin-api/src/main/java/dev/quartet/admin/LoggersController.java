package dev.quartet.admin;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping(path = "/admin/v1/loggers", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "loggers")
final class LoggersController {
    private static final Logger LOGGER = LoggerFactory.getLogger(LoggersController.class);
    private static final String OURS = "dev.quartet";
    private static final int MAX_NAME_CHARS = 200;

    private final LoggingSystem logging;

    LoggersController(LoggingSystem logging) {
        this.logging = logging;
    }

    /// @param level null: nothing set here, the parent's level holds
    record LoggerLevel(String name, @Nullable String level, String effectiveLevel) {}

    /// @param level TRACE, DEBUG, INFO, WARN, ERROR, OFF, or null to follow the parent again
    record LevelChange(@Nullable String level) {}

    @GetMapping
    @Operation(
            summary =
                    "Loggers of the service and those with a level of their own; with a prefix, all below it")
    List<LoggerLevel> list(@RequestParam(required = false) @Nullable String prefix) {
        return logging.getLoggerConfigurations().stream()
                .filter(logger ->
                        prefix == null
                                ? logger.getConfiguredLevel() != null
                                        || isBelow(logger.getName(), OURS)
                                : isBelow(logger.getName(), prefix))
                .map(LoggersController::level)
                .toList();
    }

    @GetMapping("/{name}")
    @Operation(summary = "Level of one logger")
    LoggerLevel get(@PathVariable String name) {
        LoggerConfiguration configuration = logging.getLoggerConfiguration(name);
        if (configuration == null) {
            throw ProblemException.notFound(
                    "there is no logger \"%s\" yet; GET /admin/v1/loggers lists them"
                            .formatted(name));
        }
        return level(configuration);
    }

    @PutMapping(path = "/{name}", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(summary = "Set a logger's level until the service restarts")
    LoggerLevel put(@PathVariable String name, @RequestBody LevelChange change) {
        if (name.length() > MAX_NAME_CHARS || !name.matches("[A-Za-z0-9_.$-]+")) {
            throw ProblemException.badRequest(
                    "\"name\" is not the name of a logger; use a package or class name, e.g. dev.quartet.pilot, or ROOT");
        }
        logging.setLogLevel(name, parse(change.level()));
        LOGGER.atInfo()
                .addKeyValue("name", name)
                .addKeyValue("level", change.level())
                .log("Log level changed");
        return get(name);
    }

    private static @Nullable LogLevel parse(@Nullable String level) {
        if (level == null) {
            return null;
        }
        try {
            return LogLevel.valueOf(level.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(
                    "level \"%s\" is not one of %s (or null to follow the parent)"
                            .formatted(level, Arrays.toString(LogLevel.values())));
        }
    }

    private static boolean isBelow(String name, String prefix) {
        return name.equals(prefix) || name.startsWith(prefix + ".");
    }

    private static LoggerLevel level(LoggerConfiguration configuration) {
        LogLevel own = configuration.getConfiguredLevel();
        return new LoggerLevel(
                configuration.getName(),
                own == null ? null : own.name(),
                configuration.getEffectiveLevel().name());
    }
}
