package dev.quartet.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.FieldPath.Step;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldPathTest {
    @Test
    void readsAsUsersKnowIt() {
        var path = FieldPath.SPEC.field("http").index(0).field("match").key("end-user");

        assertThat(path.text()).isEqualTo("spec.http[0].match[\"end-user\"]");
        assertThat(FieldPath.SPEC.field("a.b").text()).isEqualTo("spec[\"a.b\"]");
    }

    @Property(tries = 300)
    void leadsBackToItsSteps(@ForAll @Size(max = 6) List<String> words) {
        var path = FieldPath.SPEC;
        for (int i = 0; i < words.size(); i++) {
            path = path.field(words.get(i)).index(i).key(words.get(i));
        }

        assertThat(path.steps())
                .hasSize(1 + 3 * words.size())
                .first()
                .isEqualTo(new Step.Field("spec"));
        for (int i = 0; i < words.size(); i++) {
            assertThat(path.steps().get(2 + 3 * i)).isEqualTo(new Step.Index(i));
            assertThat(path.steps().get(3 + 3 * i)).isEqualTo(new Step.Key(words.get(i)));
        }
        assertThat(path.text().chars().noneMatch(Character::isISOControl)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a[", "a[\"", "a[\"\\", "a[\"\\u00", "a[x]", "a..b", "a[\"b\"", "a[-1]"})
    void endsWhereItIsNoPathAnyMore(String text) {
        assertThat(new FieldPath(text).steps()).containsExactly(new Step.Field("a"));
    }
}
