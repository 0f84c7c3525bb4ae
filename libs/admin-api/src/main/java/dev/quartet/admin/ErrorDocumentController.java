package dev.quartet.admin;

import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Errors that were raised outside of controllers (`sendError` in filters and actuator, failures of filters), in place of Boot's HTML page.
@RestController
@Hidden
final class ErrorDocumentController implements ErrorController {

    @RequestMapping("/error")
    void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        int status =
                code instanceof Integer known
                        ? known
                        : 404; // asked for directly: there is nothing here
        Object path = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
        ProblemJson.write(
                response,
                status,
                ProblemJson.typeOf(status),
                ProblemJson.titleOf(status),
                detail(status, path == null ? request.getRequestURI() : path));
    }

    private static String detail(int status, Object path) {
        return switch (status) {
            case 408 -> ProblemResponses.BODY_TOO_SLOW;
            case 500 -> "the service failed on the request to %s; see its log".formatted(path);
            default ->
                    "the request to %s was refused; /v3/api-docs lists the operations"
                            .formatted(path);
        };
    }
}
