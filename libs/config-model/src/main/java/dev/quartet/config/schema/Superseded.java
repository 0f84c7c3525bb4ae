package dev.quartet.config.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The field, or the value of an enum, is an old form; another one has taken its place. Whoever sets it is told so by the
/// analysis, as `Deprecated`.
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.FIELD})
public @interface Superseded {
    /// What to write instead, as an order: `write percentage instead`.
    String value();
}
