import java.io.FileOutputStream;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.DefaultExecutorServiceLoader;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;

/**
 * Sees every submission of one script and gives it a job id before it is sent, so that the lease
 * knows the job even if the client dies between the two. Compiled by Janino: raw types, no lambdas.
 */
class Submissions implements PipelineExecutorServiceLoader {
  /** More than are ever lost at the ends of one job's tasks. */
  static final int OVERTAKING = 100;
  static final String FIXED_ID = "$internal.pipeline.job-id";

  final PipelineExecutorServiceLoader original = new DefaultExecutorServiceLoader();
  final HarnessLease lease;
  final List jobs;
  final List pending;
  final String report;
  /** How many the cluster has; 0 where nobody counts them. */
  int slots;
  boolean neutral;
  String printed;

  Submissions(HarnessLease lease, String report) {
    this.lease = lease;
    this.jobs = lease.jobs;
    this.pending = lease.pending;
    this.report = report;
  }

  public PipelineExecutorFactory getExecutorFactory(Configuration conf) throws Exception {
    return new Factory(original.getExecutorFactory(conf), this);
  }

  public java.util.stream.Stream getExecutorNames() {
    return original.getExecutorNames();
  }

  void tell(String event, String id) throws Exception {
    tellLine("{\"event\":\"" + event + "\",\"job\":\"" + id + "\"}");
  }

  /** So that a job on a foreign cluster is found and ended even if this JVM is killed. */
  void note(String id) throws Exception {
    if (lease.note == null) return;
    FileOutputStream out = new FileOutputStream(lease.note, true);
    out.write((lease.rest + " " + id + "\n").getBytes("UTF-8"));
    out.close();
  }

  /** One JSON line for the client; below PIPE_BUF bytes, so it never mixes with a line of the script's own. */
  synchronized void tellLine(String line) throws Exception {
    FileOutputStream out = new FileOutputStream(report, true);
    out.write((line + "\n").getBytes("UTF-8"));
    out.close();
  }

  static class Factory implements PipelineExecutorFactory {
    final PipelineExecutorFactory original;
    final Submissions owner;

    Factory(PipelineExecutorFactory original, Submissions owner) {
      this.original = original;
      this.owner = owner;
    }

    public String getName() {
      return original.getName();
    }

    public boolean isCompatibleWith(Configuration conf) {
      return original.isCompatibleWith(conf);
    }

    public PipelineExecutor getExecutor(Configuration conf) {
      return new Executor(original.getExecutor(conf), owner);
    }
  }

  static class Executor implements PipelineExecutor {
    final PipelineExecutor original;
    final Submissions owner;

    Executor(PipelineExecutor original, Submissions owner) {
      this.original = original;
      this.owner = owner;
    }

    public CompletableFuture execute(Pipeline pipeline, Configuration conf, ClassLoader loader) throws Exception {
      Configuration own = new Configuration(conf);
      // A script that fixes its own job id keeps it: two of its submissions clash here as they do elsewhere.
      String id = own.getString(FIXED_ID, null);
      if (id == null) {
        id = new JobID().toString();
        own.setString(FIXED_ID, id);
      }
      owner.jobs.add(id);
      owner.pending.add(id);
      try {
        owner.note(id);
        if (owner.slots > 0) refuse((StreamGraph) pipeline, owner.slots);
        if (owner.printed != null) Printed.FILES.put(id, owner.printed);
        JobGraph.JOBS.put(id, new JobGraph((StreamGraph) pipeline));
        if (owner.neutral) Idleness.remove((StreamGraph) pipeline);
        letOvertake(((StreamGraph) pipeline).getCheckpointConfig());
        owner.tell("submitting", id);
        CompletableFuture future = send(pipeline, own, loader);
        owner.tell("submitted", ((JobClient) future.get()).getJobID().toString());
        return future;
      } finally {
        owner.pending.remove(id);
      }
    }

    CompletableFuture send(Pipeline pipeline, Configuration conf, ClassLoader loader) throws Exception {
      if (owner.lease.cluster == null || !"remote".equals(conf.getString("execution.target", null)))
        return original.execute(pipeline, conf, loader);
      Direct direct = new Direct(owner.lease.cluster, pipeline, conf, loader);
      direct.send();
      return direct.client();
    }

    /**
     * Where a job takes no checkpoints by itself, a task that ends does not answer for the one that it is
     * writing, and no other could begin before the timeout of that one. So others may; the first that is done
     * drops those before it. (Unaligned ones, Flink takes one at a time only.)
     */
    static void letOvertake(CheckpointConfig config) {
      boolean single = config.isUnalignedCheckpointsEnabled() || config.getMaxConcurrentCheckpoints() > 1;
      if (!config.isCheckpointingEnabled() && !single) config.setMaxConcurrentCheckpoints(OVERTAKING);
    }

    /** A job that can never run would hold all slots that there are, and other jobs would wait for them. */
    static void refuse(StreamGraph graph, int slots) throws Exception {
      int wanted = 0;
      Iterator nodes = graph.getStreamNodes().iterator();
      while (nodes.hasNext()) wanted = Math.max(wanted, ((StreamNode) nodes.next()).getParallelism());
      if (wanted <= slots) return;
      throw new NoResourceAvailableException(
          "the job's parallelism is " + wanted + ", and the cluster has " + slots + " slots");
    }
  }
}
