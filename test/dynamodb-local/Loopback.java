// DynamoDB Local in memory, on a free port of loopback, which it prints. Its own command listens on every address.
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

public class Loopback {
  public static void main(String[] args) throws Exception {
    boolean inMemory = true;
    // One database for all, whatever their credentials and region.
    boolean shared = true;
    boolean delayTransientStatuses = false;
    var requests = new LocalDynamoDBRequestHandler(0, inMemory, null, shared, delayTransientStatuses);
    var server = new Server(new InetSocketAddress("127.0.0.1", 0));
    server.setHandler(new LocalDynamoDBServerHandler(requests, "*"));
    server.start();
    System.out.println("http://127.0.0.1:" + ((ServerConnector) server.getConnectors()[0]).getLocalPort());
    server.join();
  }
}
