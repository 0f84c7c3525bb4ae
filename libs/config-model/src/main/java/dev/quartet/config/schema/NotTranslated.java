package dev.quartet.config.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The kind, the field, or the value of an enum is read and kept, but this version does nothing with it. Whoever sets it gets
/// the warning `NotSupportedYet`. Nothing below it is reported again.
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.RECORD_COMPONENT, ElementType.FIELD})
public @interface NotTranslated {
    /// What the user is told: why, or what to write instead.
    String value();
}
