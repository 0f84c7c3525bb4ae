package dev.quartet.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyOrderTest {
    private static final int STEPS = 2_000;
    private static final int NAMES = 12;

    private final KeyOrder<Member> order = new KeyOrder<>(Member::key);

    /// One of many of its key.
    private static final class Member {
        private final ResourceKey key;

        Member(int name) {
            this.key =
                    new ResourceKey(
                            name % 3 == 0 ? Kind.GATEWAY : Kind.VIRTUAL_SERVICE,
                            "shop-" + name % 2,
                            "name-" + name);
        }

        ResourceKey key() {
            return key;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void saysOfAnyListWhetherItIsInOrder(long seed) {
        var random = new Random(seed);
        List<Member> before = List.of();

        for (int step = 0; step < STEPS; step++) {
            var now = changed(before, random);
            spoil(now, random);

            var inOrder = order.isIn(now, before);

            assertThat(inOrder).isEqualTo(rises(now));
            if (inOrder) {
                before = now;
            }
        }
    }

    private static boolean rises(List<Member> list) {
        for (int i = 1; i < list.size(); i++) {
            if (list.get(i - 1).key().compareTo(list.get(i).key()) >= 0) {
                return false;
            }
        }
        return true;
    }

    private static void spoil(List<Member> list, Random random) {
        if (list.size() < 2) {
            return;
        }
        switch (random.nextInt(6)) {
            case 0 ->
                    Collections.swap(
                            list, random.nextInt(list.size()), random.nextInt(list.size()));
            case 1 -> list.add(random.nextInt(list.size()), list.get(random.nextInt(list.size())));
            case 2 -> Collections.rotate(list, 1);
            default -> {}
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatWentAndCameMakesOneListOfTheOther(long seed) {
        var random = new Random(seed);
        List<Member> before = List.of();

        for (int step = 0; step < STEPS; step++) {
            var now = changed(before, random);
            var went = new ArrayList<Member>();
            var came = new ArrayList<Member>();

            order.difference(before, now, went::add, came::add);

            var left = new ArrayList<>(before);
            left.removeAll(now);
            assertThat(went).containsExactlyElementsOf(left);
            var added = new ArrayList<>(now);
            added.removeAll(before);
            assertThat(came).containsExactlyElementsOf(added);
            before = now;
        }
    }

    /// Some went, came, or are another object of the same key; in order.
    private static ArrayList<Member> changed(List<Member> before, Random random) {
        var members = new TreeMap<ResourceKey, Member>();
        before.forEach(member -> members.put(member.key(), member));
        for (int change = random.nextInt(4); change > 0; change--) {
            var member = new Member(random.nextInt(NAMES));
            if (random.nextInt(3) == 0) {
                members.remove(member.key());
            } else {
                members.put(member.key(), member);
            }
        }
        return new ArrayList<>(members.values());
    }
}
