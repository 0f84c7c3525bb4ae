package dev.quartet.config.read;

import java.util.List;

/// What a text holds where objects of Kubernetes may stand among the resources.
public record ReadDocuments(ReadResult result, List<ClusterObject> objects) {
    public ReadDocuments {
        objects = List.copyOf(objects);
    }
}
