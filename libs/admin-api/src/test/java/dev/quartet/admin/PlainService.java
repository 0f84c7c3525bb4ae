package dev.quartet.admin;

import java.io.IOException;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// A service that has nothing but the admin surface and two operations of its own; also run as a process of its own.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(PlainService.Things.class)
public class PlainService {

    public static void main(String[] args) {
        SpringApplication.run(PlainService.class, args);
    }

    @Bean
    StatusContributor config() {
        return StatusContributor.of("config", () -> Map.of("revision", "r1"));
    }

    @Bean
    StatusContributor broken() {
        return StatusContributor.of(
                "broken",
                () -> {
                    throw new IllegalStateException("secret detail");
                });
    }

    record Thing(String name, int size) {}

    @RestController
    @RequestMapping("/admin/v1/things")
    static class Things {
        @GetMapping("/{name}")
        Thing get(@PathVariable String name) {
            throw ProblemException.notFound("there is no thing \"%s\"".formatted(name))
                    .with("known", java.util.List.of("a", "b"));
        }

        @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
        Thing post(@RequestBody Thing thing) {
            if (thing.size() == 0) {
                throw ProblemException.badRequest("\"size\" is missing");
            }
            return thing;
        }

        @PostMapping(path = "/raw", consumes = MediaType.APPLICATION_OCTET_STREAM_VALUE)
        int raw(java.io.InputStream body) throws IOException {
            return body.readAllBytes().length;
        }

        @io.swagger.v3.oas.annotations.Hidden
        @GetMapping("/bug")
        Thing bug() {
            throw new IllegalStateException("password=hunter2");
        }
    }
}
