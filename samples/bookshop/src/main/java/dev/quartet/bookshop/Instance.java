package dev.quartet.bookshop;

/// Who answers. Every page names it, so that a reader sees which version served the request.
///
/// @param name of the pod or process, unique among the instances of a service
record Instance(Role role, String version, String name) {
    String service() {
        return role.service();
    }
}
