package dev.quartet.cli;

import dev.quartet.cli.command.Surroundings;
import dev.quartet.cli.print.Terminal;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/// Makes the commands: those with a constructor for [Surroundings] get them, everything else picocli makes itself.
final class Doors implements IFactory {
    private final Surroundings surroundings;

    Doors(Terminal terminal, Map<String, String> environment) {
        this.surroundings = new Surroundings(terminal, environment);
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
        for (var constructor : type.getDeclaredConstructors()) {
            if (constructor.getParameterCount() == 1
                    && constructor.getParameterTypes()[0] == Surroundings.class) {
                return type.cast(constructor.newInstance(surroundings));
            }
        }
        return CommandLine.defaultFactory().create(type);
    }
}
