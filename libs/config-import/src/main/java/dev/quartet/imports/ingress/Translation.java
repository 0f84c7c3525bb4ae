package dev.quartet.imports.ingress;

import dev.quartet.config.Problem;
import dev.quartet.config.Subject;
import dev.quartet.config.read.ReadResource;
import java.util.List;

/// What Ingresses become.
///
/// @param resources in the order of their keys; positions, those of their fields too, lead to the Ingress
/// @param problems of what is left out, by Ingress
public record Translation(List<ReadResource> resources, List<IngressProblem> problems) {
    public Translation {
        resources = List.copyOf(resources);
        problems = List.copyOf(problems);
    }

    /// @param problem has no resource: an Ingress is none of the mesh's kinds
    public record IngressProblem(Subject ingress, Problem problem) {
        @Override
        public String toString() {
            return problem.text(ingress);
        }
    }
}
