import java.net.URI;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;

/** Ends jobs of the MiniCluster in this JVM, or of a cluster that is reached by REST alone. */
class Control {
  final MiniCluster cluster;
  final RestClusterClient client;

  Control(MiniCluster cluster, String rest) throws Exception {
    this.cluster = cluster;
    this.client = cluster == null ? new RestClusterClient(address(rest), "harness") : null;
  }

  static Configuration address(String rest) throws Exception {
    URI uri = new URI(rest);
    Configuration conf = new Configuration();
    conf.setString("rest.address", uri.getHost());
    conf.setString("rest.port", String.valueOf(uri.getPort()));
    conf.setString("rest.retry.delay", "100");
    return conf;
  }

  void cancel(JobID job) throws Exception {
    if (cluster != null) cluster.cancelJob(job);
    else client.cancel(job);
  }

  /** Whether a job has ended, or never arrived; of a cluster that does not answer nobody can tell. */
  boolean ended(JobID job) throws Exception {
    try {
      Object status = cluster != null ? cluster.getJobStatus(job).get() : client.getJobStatus(job).get();
      return ((JobStatus) status).isGloballyTerminalState();
    } catch (ExecutionException failure) {
      return cluster != null || unknown(failure);
    }
  }

  static boolean unknown(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (cause.getClass().getSimpleName().equals("FlinkJobNotFoundException")
          || text.contains("FlinkJobNotFoundException") || text.contains("Could not find Flink job")) return true;
    }
    return false;
  }

  void close() {
    if (client != null) client.close();
  }
}
