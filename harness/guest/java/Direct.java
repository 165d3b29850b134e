import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient;
import org.apache.flink.util.function.SupplierWithException;

/**
 * One submission to the MiniCluster of this JVM, as Flink's own local executor has it, but for two things:
 * the cluster is there already, and its first look at the job is not followed by a sleep of 50 ms.
 *
 * <p>A REST client of its own for each job, which Flink's remote executor makes, costs some 25 ms more.
 */
class Direct {
  final MiniCluster cluster;
  final Object graph;
  final JobID id;
  final ClassLoader loader;

  Direct(MiniCluster cluster, Pipeline pipeline, Configuration conf, ClassLoader loader) throws Exception {
    this.cluster = cluster;
    this.loader = loader;
    this.graph = graph(pipeline, conf, loader);
    this.id = (JobID) graph.getClass().getMethod("getJobID", new Class[0]).invoke(graph, new Object[0]);
  }

  void send() throws Exception {
    ((CompletableFuture) one("submitJob", cluster.getClass()).invoke(cluster, new Object[] {graph})).get();
  }

  /** What a user's program holds of the job, once it has been initialized. */
  CompletableFuture client() throws Exception {
    while (status() == JobStatus.INITIALIZING) Thread.sleep(1);
    if (status() == JobStatus.FAILED) {
      // Throws what it failed with, as a client of Flink's would.
      ClientUtils.waitUntilJobInitializationFinished(
          new SupplierWithException() {
            public Object get() throws Exception {
              return status();
            }
          },
          new SupplierWithException() {
            public Object get() throws Exception {
              return cluster.requestJobResult(id).get();
            }
          },
          loader);
    }
    return CompletableFuture.completedFuture(
        new MiniClusterJobClient(id, cluster, loader, MiniClusterJobClient.JobFinalizationBehavior.NOTHING));
  }

  JobStatus status() throws Exception {
    return (JobStatus) cluster.getJobStatus(id).get();
  }

  /** A job graph, or from Flink 2 on a stream graph. */
  static Object graph(Pipeline pipeline, Configuration conf, ClassLoader loader) throws Exception {
    Method[] methods = PipelineExecutorUtils.class.getMethods();
    for (int i = 0; i < methods.length; i++) {
      if (methods[i].getName().equals("getJobGraph"))
        return methods[i].invoke(null, new Object[] {pipeline, conf, loader});
    }
    return one("getStreamGraph", PipelineExecutorUtils.class).invoke(null, new Object[] {pipeline, conf});
  }

  static Method one(String name, Class of) throws Exception {
    Method[] methods = of.getMethods();
    for (int i = 0; i < methods.length; i++) if (methods[i].getName().equals(name)) return methods[i];
    throw new NoSuchMethodException(of.getName() + "." + name);
  }
}
