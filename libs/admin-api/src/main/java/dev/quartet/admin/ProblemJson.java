package dev.quartet.admin;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import tools.jackson.databind.json.JsonMapper;

/// Problem details (RFC 9457) where Spring MVC is not, or not yet, at work: filters and Tomcat itself.
final class ProblemJson {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String URN = "urn:quartet:problem:";

    private ProblemJson() {}

    static URI urn(String type) {
        return URI.create(URN + type);
    }

    /// `not-found` of 404 …; what a problem is called when nothing more special is known.
    static String typeOf(int statusCode) {
        HttpStatus status = HttpStatus.resolve(statusCode);
        return status == null
                ? "status-" + statusCode
                : status.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    static String titleOf(int statusCode) {
        HttpStatus status = HttpStatus.resolve(statusCode);
        return status == null ? "Status " + statusCode : status.getReasonPhrase();
    }

    static ProblemDetail detail(int statusCode, String type, String title, String detail) {
        ProblemDetail problem =
                ProblemDetail.forStatusAndDetail(
                        org.springframework.http.HttpStatusCode.valueOf(statusCode), detail);
        problem.setType(urn(type));
        problem.setTitle(title);
        return problem;
    }

    static byte[] bytes(int statusCode, String type, String title, String detail) {
        var problem = JSON.createObjectNode();
        problem.put("type", urn(type).toString())
                .put("title", title)
                .put("status", statusCode)
                .put("detail", detail);
        return JSON.writeValueAsBytes(problem);
    }

    static void write(
            HttpServletResponse response, int statusCode, String type, String title, String detail)
            throws IOException {
        byte[] body = bytes(statusCode, type, title, detail);
        response.setStatus(statusCode);
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
