import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.streaming.api.graph.StreamGraph;

/** What the graph of a job says of it before it has run, made once where the job is submitted. */
class JobGraph {
  /** Job id -> its JobGraph; taken out with its lease. */
  static final Map JOBS = new ConcurrentHashMap();

  final EventTime times;
  /** {"files": FileSources, "bounded": BoundedSources, "subscriptions": Subscriptions, "operators": EventTime}. */
  final String told;

  JobGraph(StreamGraph graph) throws Exception {
    Operators operators = new Operators(graph);
    times = new EventTime(graph, operators);
    told = "{\"files\":" + FileSources.of(graph, operators) + ",\"bounded\":" + BoundedSources.of(graph, operators)
        + ",\"subscriptions\":" + Subscriptions.of(graph) + ",\"operators\":" + times.told + "}";
  }

  /** That of a job, or null where it was not submitted here. */
  static JobGraph of(String job) {
    return (JobGraph) JOBS.get(job);
  }
}
