import java.net.URL;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.program.StreamContextEnvironment;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** Where the environments that a client makes submit to, with which options, and whose classes they see. */
class ClientContext {
  final Submissions submissions;
  final Configuration conf;
  final ClassLoader before = Thread.currentThread().getContextClassLoader();
  final ClassLoader loader;

  /** Jars and options come as JSON; a loader is made only for jars of the client's own, as `flink run` has it. */
  ClientContext(Submissions submissions, String jars, String conf) throws Exception {
    this.submissions = submissions;
    this.conf = configuration(conf);
    List urls = urls(jars);
    this.loader = urls.isEmpty() ? before : ClientUtils.buildUserCodeClassLoader(urls, new ArrayList(), before, this.conf);
    if (loader != before) submissions.lease.keep(loader);
  }

  /** From here on, for all environments that this thread makes. */
  public void attach() {
    if (loader != before) Thread.currentThread().setContextClassLoader(loader);
    StreamContextEnvironment.setAsContext(submissions, conf, loader, false, false);
  }

  public void detach() {
    StreamContextEnvironment.unsetAsContext();
    if (loader != before) Thread.currentThread().setContextClassLoader(before);
  }

  static List urls(String json) throws Exception {
    List urls = new ArrayList();
    Iterator texts = ((List) new ObjectMapper().readValue(json, List.class)).iterator();
    while (texts.hasNext()) urls.add(new URL((String) texts.next()));
    return urls;
  }

  static Configuration configuration(String json) throws Exception {
    Configuration conf = new Configuration();
    Iterator options = ((Map) new ObjectMapper().readValue(json, Map.class)).entrySet().iterator();
    while (options.hasNext()) {
      Map.Entry option = (Map.Entry) options.next();
      conf.setString((String) option.getKey(), (String) option.getValue());
    }
    return conf;
  }
}
